using System.Text;

namespace Consultation.Features.BulkGenerateSlots;

/// <summary>A set of days of the week; the default is empty.</summary>
internal readonly record struct DaysOfWeek
{
    private static readonly string[] Names = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

    private readonly byte _bits;

    private DaysOfWeek(int bits) => _bits = (byte)bits;

    public static DaysOfWeek operator |(DaysOfWeek one, DaysOfWeek other) => new(one._bits | other._bits);

    public bool Contains(DayOfWeek day) => (_bits >> (int)day & 1) != 0;

    /// <summary>
    /// Reads one entry: a day (<c>MON</c>, <c>monday</c>) or a range of days (<c>MON-FRI</c>), in any case. A range runs forward from its
    /// first day and may pass the end of the week: <c>FRI-MON</c> is four days, <c>MON-MON</c> is one.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> entry, out DaysOfWeek days)
    {
        days = default;
        var dash = entry.IndexOf('-');
        if (!TryDay(dash < 0 ? entry : entry[..dash], out var first) || !TryDay(entry[(dash + 1)..], out var last))
            return false;

        var length = (last - first + 7) % 7 + 1;
        for (var i = 0; i < length; i++)
            days |= new DaysOfWeek(1 << (first + i) % 7);

        return true;
    }

    private static bool TryDay(ReadOnlySpan<char> name, out int day)
    {
        name = name.Trim();
        for (day = 0; day < Names.Length; day++)
        {
            // ASCII only: no culture's rules of case, and no letter that merely folds to one of these.
            if (Ascii.EqualsIgnoreCase(name, Names[day]) || Ascii.EqualsIgnoreCase(name, Names[day].AsSpan(0, 3)))
                return true;
        }

        return false;
    }
}
