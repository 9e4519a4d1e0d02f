using System.Runtime.CompilerServices;
using Consultation.Bench.Servers;

namespace Consultation.Bench.Groups;

/// <summary>The groups that were asked for, in an order in which none leaves work for the next.</summary>
internal static class Measurements
{
    internal static async IAsyncEnumerable<Section> RunAsync(Stage stage, Options options, [EnumeratorCancellation] CancellationToken stop)
    {
        var rounds = new Rounds(stage, options);
        if (options.Groups.Contains("start"))
            yield return await Start.RunAsync(stage, options, stop);
        if (options.Groups.Contains("lists"))
            await foreach (var section in Lists.RunAsync(stage, rounds, stop))
                yield return section;
        if (options.Groups.Contains("notifications"))
            yield return await Notifications.RunAsync(stage, options, stop);
        if (options.Groups.Contains("bulk"))
            yield return await Bulk.RunAsync(stage, rounds, stop);
        if (options.Groups.Contains("bookings"))
            await foreach (var section in Bookings.RunAsync(stage, rounds, stop))
                yield return section;
        if (options.Groups.Contains("lists") || options.Groups.Contains("bookings"))
        {
            var memory = Spread.Of([Proc.Megabytes(stage.Service.Process.Id)]);
            yield return Section.OfFigures("Memory", new Figure("Memory after load", "MB", memory));
        }

        if (options.Groups.Contains("pg_notify"))
            yield return await PgNotify.RunAsync(stage, rounds, stop);
    }
}
