using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Consultation.Tests.Infrastructure.Telemetry;

/// <summary>A span as it came in; ids are hex, and the parent of a root is empty.</summary>
internal sealed record ReceivedSpan(string Trace, string Id, string Parent, string Name, IReadOnlyDictionary<string, string> Tags);

/// <summary>One measured series: a metric with one set of tags.</summary>
internal sealed record ReceivedSeries(string Metric, string Unit, string Tags);

/// <summary>What an OpenTelemetry collector is to the service: takes OTLP over HTTP, and keeps every byte. Field numbers are those of opentelemetry-proto 1.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Signal, Protobuf Message)> _received = new();
    private readonly WebApplication _app;

    private OtlpReceiver(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    /// <summary>Everything, as text to be searched.</summary>
    public IEnumerable<string> Texts => _received.Select(message => message.Message.Text);

    public IEnumerable<ReceivedSpan> Spans => Of("traces").SelectMany(message => message.At(1, 2, 2)).Select(span => new ReceivedSpan(
        span.HexAt(1), span.HexAt(2), span.HexAt(4), span.TextAt(5), span.At(9).DistinctBy(tag => tag.TextAt(1)).ToDictionary(tag => tag.TextAt(1), tag => tag.At(2, 1).FirstOrDefault().Text)));

    public IEnumerable<ReceivedSeries> Series =>
        from metric in Of("metrics").SelectMany(message => message.At(1, 2, 2))
        let numbers = metric.At(5, 1).Concat(metric.At(7, 1)).Select(point => point.At(7)) // gauges and sums
        let histograms = metric.At(9, 1).Select(point => point.At(9))
        from tags in numbers.Concat(histograms)
        select new ReceivedSeries(metric.TextAt(1), metric.TextAt(3), string.Join(",", tags.Select(tag => $"{tag.TextAt(1)}={tag.At(2, 1).FirstOrDefault().Text}").Order()));

    /// <summary>The traces that log records were written in.</summary>
    public IEnumerable<string> LoggedTraces => Of("logs").SelectMany(message => message.At(1, 2, 2)).Select(record => record.HexAt(9));

    /// <summary>The attributes of the senders, as <c>key=value</c>.</summary>
    public IEnumerable<string> Resources =>
        _received.SelectMany(message => message.Message.At(1, 1, 1)).Select(tag => $"{tag.TextAt(1)}={tag.At(2, 1).FirstOrDefault().Text}").Distinct();

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new OtlpReceiver(builder.Build());
        receiver._app.MapPost("/v1/{signal}", receiver.Take);
        await receiver._app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private IEnumerable<Protobuf> Of(string signal) => _received.Where(message => message.Signal == signal).Select(message => message.Message);

    private async Task Take(HttpContext context, string signal)
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        _received.Enqueue((signal, new Protobuf(body.ToArray())));
    }
}
