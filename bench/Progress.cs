namespace Consultation.Bench;

/// <summary>One line that says what goes on, for a person at a terminal; nothing for a pipe.</summary>
internal static class Progress
{
    private const string ClearLine = "\r\e[2K";

    private static readonly bool Shown = !Console.IsErrorRedirected;

    internal static void Say(string what)
    {
        if (Shown)
            Console.Error.Write($"{ClearLine}{what}");
    }

    internal static void Clear() => Say("");
}
