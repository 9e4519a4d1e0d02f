using Consultation.Bench.Loads;
using Consultation.Bench.Servers;

namespace Consultation.Bench.Groups;

/// <summary>What NOTIFY in a booking's transaction would cost: it holds a lock of the whole database through commit.</summary>
internal static class PgNotify
{
    private const string With = "with pg_notify";

    internal static Task<Section> RunAsync(Stage stage, Rounds rounds, CancellationToken stop) => rounds.CompareAsync(
        new Comparison(
            "The textbook transaction in pgbench, 16 clients", "bookings",
            [
                new Contender(Names.PgBench, null, false, (seconds, token) => PgBench.BookAsync(stage, seconds, notify: false, token)),
                new Contender(With, null, false, (seconds, token) => PgBench.BookAsync(stage, seconds, notify: true, token)),
            ],
            [new Ratio("The textbook transaction with pg_notify over the one without", With, Names.PgBench, Ratio.PerSecond)]),
        stop);
}
