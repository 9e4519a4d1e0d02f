using System.Diagnostics;
using System.Net;
using Xunit;

namespace Consultation.Tests.Support;

/// <summary>What happened when in a failover, counted from the fault, for whoever reads the run's output.</summary>
internal sealed class Timeline(string fault)
{
    private readonly List<(string What, long At)> _events = [];

    /// <summary>The fault's timestamp.</summary>
    public long Origin { get; } = Stopwatch.GetTimestamp();

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(Origin);

    public void Note(string what, long? at = null) => _events.Add((what, at ?? Stopwatch.GetTimestamp()));

    /// <summary>When the service first said that it could not, and when, for each kind of request, it could again for good.</summary>
    public void Note(IEnumerable<Exchange> exchanges)
    {
        foreach (var kind in exchanges.Where(exchange => exchange.Ended >= Origin).GroupBy(exchange => exchange.Kind))
        {
            var ordered = kind.OrderBy(exchange => exchange.Ended).ToList();
            var refused = ordered.Where(exchange => exchange.Status is not (>= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices)).ToList();
            if (refused.Count == 0)
                continue;
            Note($"first {(int?)refused[0].Status} of {kind.Key}", refused[0].Ended);
            if (ordered.Find(exchange => exchange.Began > refused[0].Ended && exchange.Answer?.Message.IsSuccessStatusCode == true) is { } answered)
                Note($"first {(int?)answered.Status} of {kind.Key} again", answered.Ended);
            Note($"last of {refused.Count} refusals of {kind.Key}", refused[^1].Ended);
        }
        var slowest = exchanges.Where(exchange => exchange.Ended >= Origin).MaxBy(exchange => exchange.Took);
        if (slowest is not null)
            Note($"slowest answer ({slowest.Kind}, {slowest.Took.TotalSeconds:0.00} s)", slowest.Ended);
    }

    public void Print()
    {
        var line = $"{fault}: " + string.Join(", ", _events.OrderBy(each => each.At).Select(each => $"{each.What} {Stopwatch.GetElapsedTime(Origin, each.At).TotalSeconds:0.00} s"));
        TestContext.Current.SendDiagnosticMessage(line);
        TestContext.Current.TestOutputHelper?.WriteLine(line);
    }
}
