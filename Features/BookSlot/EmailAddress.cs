using System.Globalization;
using System.Text;

namespace Consultation.Features.BookSlot;

/// <summary>
/// RFC 5321's mailbox as people have it: a dot-atom of at most 64 characters, and a domain of at least two labels. Letters, digits and marks
/// beyond ASCII are allowed on both sides (RFC 6531), as no script can do without its marks. Quoted local parts and address literals are not.
/// </summary>
internal static class EmailAddress
{
    private const int LocalPart = 64;
    private const int Label = 63;
    private const string Signs = "!#$%&'*+-/=?^_`{|}~";

    public static bool IsValid(string text) =>
        text.IndexOf('@', StringComparison.Ordinal) is var at and > 0 and <= LocalPart
        && text[..at].Split('.').All(IsAtom)
        && text[(at + 1)..].Split('.') is { Length: >= 2 } labels && labels.All(IsLabel) && labels[^1].Length >= 2;

    private static bool IsAtom(string atom) => atom.Length > 0 && atom.EnumerateRunes().All(rune => IsOfWord(rune) || (rune.IsAscii && Signs.Contains((char)rune.Value)));

    /// <summary>A mark needs something to stand on, so no label begins with one.</summary>
    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= Label
        && Rune.GetRuneAt(label, 0) is var first && !IsMark(first) && IsOfWord(first)
        && label[^1] != '-'
        && label.EnumerateRunes().All(rune => IsOfWord(rune) || rune.Value == '-');

    private static bool IsOfWord(Rune rune) => Rune.IsLetter(rune) || Rune.IsNumber(rune) || IsMark(rune);

    private static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;
}
