using Consultation.Bench.Loads;

namespace Consultation.Bench;

/// <summary>Who does the same work as the others, in rounds.</summary>
/// <param name="Name">As tables call it.</param>
/// <param name="ProcessId">Whose CPU counts; null for a program that ends with its round.</param>
/// <param name="TellsAllocations">A .NET process.</param>
/// <param name="RunAsync">A round of so many seconds.</param>
internal sealed record Contender(string Name, int? ProcessId, bool TellsAllocations, Func<int, CancellationToken, Task<Load>> RunAsync);

/// <summary>One contender's figure over another's, round by round, since neighbours in time had the same machine.</summary>
internal sealed record Ratio(string Name, string Of, string Over, Func<Load, double> Figure)
{
    internal static double PerSecond(Load load) => load.Requests / load.Seconds;

    internal static double Median(Load load) => load.MedianMs;
}

/// <param name="Title">What all contenders do.</param>
/// <param name="Unit">What is counted, in the plural.</param>
/// <param name="Contenders">In the order of the first round.</param>
/// <param name="Ratios">What is looked for.</param>
/// <param name="Charted">Whether it is one of those that tell most.</param>
internal sealed record Comparison(string Title, string Unit, Contender[] Contenders, Ratio[] Ratios, bool Charted = false);

/// <summary>A contender's medians. Microseconds of CPU and bytes are for one of what is counted; NaN is not known.</summary>
internal sealed record Row(
    string Name, double PerSecond, double MedianMs, double P99Ms,
    double CpuMicroseconds, double RedisMicroseconds, double AllocatedBytes, double OnQueue);

internal sealed record Figure(string Name, string Unit, Spread Spread);

/// <summary>What came of a comparison, or of some figures that have none.</summary>
/// <param name="Title">What was measured.</param>
/// <param name="Unit">What the rows count.</param>
/// <param name="Rows">Empty where nothing was compared.</param>
/// <param name="Figures">Ratios, times, sizes.</param>
/// <param name="Faults">Rounds that do not count, and why.</param>
/// <param name="Charted">See <see cref="Comparison"/>.</param>
internal sealed record Section(string Title, string Unit, Row[] Rows, Figure[] Figures, string[] Faults, bool Charted = false)
{
    internal static Section OfFigures(string title, params Figure[] figures) => new(title, "", [], figures, []);
}
