using System.Globalization;
using System.Text;

namespace Consultation.Features.BookSlot;

/// <summary>What people paste as a phone number, in the plain signs that it is kept in.</summary>
internal static class PhoneNumber
{
    private const char Minus = '\u2212';

    /// <summary>Any Unicode space becomes a space, any dash a hyphen.</summary>
    public static string InPlainSigns(string text)
    {
        if (Ascii.IsValid(text))
            return text;
        var plain = new StringBuilder(text);
        for (var i = 0; i < plain.Length; i++)
            plain[i] = char.GetUnicodeCategory(plain[i]) switch
            {
                UnicodeCategory.SpaceSeparator => ' ',
                UnicodeCategory.DashPunctuation => '-',
                _ => plain[i] == Minus ? '-' : plain[i],
            };
        return plain.ToString();
    }
}
