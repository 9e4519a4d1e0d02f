using Consultation.Bench.Servers;

namespace Consultation.Bench.Report;

/// <summary>RESULTS.md and its chart.</summary>
internal sealed class Results(IReadOnlyList<Section> sections, string[] versions, Options options)
{
    /// <returns>The file's path.</returns>
    internal string Write()
    {
        // What a short or partial run has seen must not pass for the results.
        var folder = options.Full ? Builds.Bench : Path.Combine(Builds.Bench, "obj");
        var file = Path.Combine(folder, "RESULTS.md");
        File.WriteAllText(Path.Combine(folder, "results.svg"), Chart.Of(sections.Where(section => section.Charted)));
        File.WriteAllText(file, Text());
        return file;
    }

    private string Text() => $"""
        # Results

        Written by `bench/run{(options.Quick ? " --quick" : "")}`, which repeats all of it from a fresh clone and says what is missing.
        {string.Join('\n', versions)}

        ![Lists and bookings a second](results.svg)

        Absolute figures are this machine's; ratios are what to compare. A ratio is that of two neighbours in time, round by round:
        {options.Rounds} rounds of {options.RoundSeconds} s in turn, each in another order, after {options.WarmUpSeconds} s of warming up.
        A round with a wrong answer does not count, and is named.

        {Tables.Figures(sections.SelectMany(section => section.Figures)).TrimEnd()}

        ## What is compared

        - **service**: the Release build as the image has it (ReadyToRun), one process with all its middleware, limits and logging; limits
          are raised by their variables, and count.
        - **bare Kestrel**: the same bytes from memory and nothing else, with 1 % bookings too: what HTTP on this machine allows.
        - **Fastify**: the same work the usual way (`bench/peer/server.mjs`): a limiter in Redis, lists from Redis, bookings as a textbook
          transaction; it sends no notifications.
        - **pgbench**: PostgreSQL's own client with the textbook transaction alone (`bench/textbook.sql`), 16 clients, prepared: what the
          database allows who asks one question at a time.

        Load comes from `wrk` on one thread. PostgreSQL and Redis are private, with their defaults but for 200 connections, and without
        Redis's persistence. CPU is the contender's and Redis's for one request, user and kernel; allocations were counted while warming
        up. "On the queue" is the share of the round's notifications that were on the queue when the round ended; the rest is delivered
        before the next round. Bookings go to slots that are free; every booking makes the cached lists invalid. Slots one by one are
        5,000 times `POST slots` on one connection. A worker may have a job in hand before the 201 has reached its reader: then the time
        is less than 0.

        {string.Join("\n", sections.Where(section => section.Rows.Length > 0).Select(Comparison))}
        """;

    private static string Comparison(Section section) =>
        $"## {section.Title}\n\n{Tables.Contenders(section)}{string.Concat(section.Faults.Select(fault => $"\n{fault}\n"))}";
}
