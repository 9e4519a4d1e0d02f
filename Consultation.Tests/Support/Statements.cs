using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;

namespace Consultation.Tests.Support;

/// <summary>The commands that this process sends to one PostgreSQL database, the dispatcher's left out, from here on: one each is one round trip.</summary>
internal sealed class Statements : IDisposable
{
    private readonly ConcurrentQueue<string> texts = new();
    private readonly ActivityListener listener;

    public Statements(string connection)
    {
        var database = new NpgsqlConnectionStringBuilder(connection).Database!;
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = command =>
            {
                var text = command.GetTagItem("db.query.text") as string ?? command.GetTagItem("db.statement") as string;
                var name = command.GetTagItem("db.namespace") as string ?? command.GetTagItem("db.name") as string;
                if (name == database && text is not null && !IsDispatchers(text))
                    texts.Enqueue(text);
            },
        };
        ActivitySource.AddActivityListener(listener);
    }

    public IReadOnlyCollection<string> All => texts;

    public void Dispose() => listener.Dispose();

    private static bool IsDispatchers(string text) =>
        text.Contains("notification_outbox", StringComparison.Ordinal) && !text.Contains("consultation_booking\n", StringComparison.Ordinal);
}
