using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Consultation.Bench;
using Consultation.Bench.Groups;
using Consultation.Bench.Report;
using Consultation.Bench.Servers;

[assembly: SupportedOSPlatform("linux")]

if (args is ["--help" or "-h"])
{
    Console.WriteLine(Options.Help);
    return 0;
}

using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext signal)
{
    // The servers are stopped first.
    signal.Cancel = true;
    stop.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
try
{
    var options = Options.Parse(args);
    if (Prerequisites.Missing() is { Count: > 0 } missing)
        throw new ArgumentException(string.Join('\n', missing));

    await Builds.MakeAsync(stop.Token);
    await using var stage = await Stage.StartAsync(options, stop.Token);
    var sections = new List<Section>();
    await foreach (var section in Measurements.RunAsync(stage, options, stop.Token))
    {
        sections.Add(section);
        Progress.Clear();
        Console.WriteLine(Tables.Of(section));
    }

    var results = new Results(sections, await Versions.FindAsync(stage, stop.Token), options);
    Console.WriteLine($"Written to {results.Write()}");
    return sections.Any(section => section.Faults.Length > 0) ? 1 : 0;
}
catch (ArgumentException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
catch (Exception e) when (e is InvalidOperationException or TimeoutException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}
