using System.Collections.Concurrent;
using System.Diagnostics;
using Consultation.Infrastructure.Telemetry;
using Npgsql;

namespace Consultation.Tests.Support;

/// <summary>The commands that this process sends to one PostgreSQL database, the dispatcher's and the probe's left out, from here on: one each is one round trip.</summary>
internal sealed class Statements : IDisposable
{
    private readonly ConcurrentQueue<string> _texts = new();
    private readonly ActivityListener _listener;

    public Statements(string connection)
    {
        var database = new NpgsqlConnectionStringBuilder(connection).Database!;
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Npgsql" or Metrics.MeterName, // a batch has a span of its own, and its statement is within
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = command =>
            {
                var text = command.GetTagItem("db.query.text") as string ?? command.GetTagItem("db.statement") as string;
                var name = command.GetTagItem("db.namespace") as string ?? command.GetTagItem("db.name") as string;
                if (name == database && text is not null && !IsDispatchers(text) && !IsProbes(text))
                    _texts.Enqueue(text);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IReadOnlyCollection<string> All => _texts;

    public void Dispose() => _listener.Dispose();

    private static bool IsDispatchers(string text) =>
        text.Contains("notification_outbox", StringComparison.Ordinal) && !text.Contains("consultation_booking\n", StringComparison.Ordinal);

    /// <summary>What the database is asked whether or not there are requests, and what a connection is told once.</summary>
    private static bool IsProbes(string text) =>
        text.Contains("transaction_read_only", StringComparison.Ordinal) || text.Contains("schema_version", StringComparison.Ordinal) || text.Contains("to_regclass(t.name)", StringComparison.Ordinal)
        || text.Contains("set_config('statement_timeout'", StringComparison.Ordinal);
}
