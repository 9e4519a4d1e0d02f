namespace Consultation.Bench;

/// <summary>What is asked for on the command line, and the lengths that follow from it.</summary>
internal sealed record Options(bool Quick, IReadOnlyList<string> Groups)
{
    internal static readonly string[] AllGroups = ["start", "lists", "notifications", "bulk", "bookings", "pg_notify"];

    internal static readonly string Help = $"""
        bench/run [--quick] [--only GROUP,...]

        Compares the published service with what the machine, PostgreSQL and another framework do, on servers of its own.
        Prints tables; a full run also writes bench/RESULTS.md and bench/results.svg, any other run bench/obj/RESULTS.md and its chart.

          --quick   rounds of a second, in all under 3 minutes: to see that everything works, and roughly where it stands
          --only    some of: {string.Join(", ", AllGroups)}
        """;

    internal bool Full => !Quick && Groups.Count == AllGroups.Length;

    internal int Rounds => Quick ? 2 : 5;

    internal int RoundSeconds => Quick ? 1 : 5;

    /// <summary>A process is slower in its first seconds than ever after.</summary>
    internal int WarmUpSeconds => Quick ? 2 : 5;

    internal int Starts => Quick ? 3 : 7;

    internal int Notifications => Quick ? 50 : 200;

    /// <exception cref="ArgumentException">With a sentence for who typed it.</exception>
    internal static Options Parse(string[] arguments)
    {
        var options = new Options(Quick: false, AllGroups);
        for (var i = 0; i < arguments.Length; i++)
        {
            options = arguments[i] switch
            {
                "--quick" => options with { Quick = true },
                "--only" when i + 1 < arguments.Length => options with { Groups = Known(arguments[++i].Split(',')) },
                _ => throw new ArgumentException($"'{arguments[i]}' is not understood.\n\n{Help}"),
            };
        }

        return options;
    }

    private static string[] Known(string[] groups) => groups.FirstOrDefault(group => !AllGroups.Contains(group)) is { } unknown
        ? throw new ArgumentException($"There is no group '{unknown}'. Groups are {string.Join(", ", AllGroups)}.")
        : [.. AllGroups.Where(groups.Contains)];
}
