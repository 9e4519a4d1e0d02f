namespace Consultation.Bench;

/// <summary>A figure as it was seen several times.</summary>
internal sealed record Spread(double Median, double Minimum, double Maximum)
{
    internal static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Where(value => !double.IsNaN(value)).Order()];
        return new Spread(Statistics.Quantile(sorted, 0.5), sorted.FirstOrDefault(double.NaN), sorted.LastOrDefault(double.NaN));
    }
}

internal static class Statistics
{
    /// <param name="sorted">Ascending.</param>
    /// <param name="share">0.5 is the median.</param>
    /// <returns>Between neighbours in proportion; NaN of nothing.</returns>
    internal static double Quantile(double[] sorted, double share)
    {
        if (sorted.Length == 0)
            return double.NaN;
        var (at, next) = (share * (sorted.Length - 1), (int)Math.Min(Math.Floor(share * (sorted.Length - 1)) + 1, sorted.Length - 1));
        return sorted[(int)at] + (at - Math.Floor(at)) * (sorted[next] - sorted[(int)at]);
    }

    internal static double Median(IEnumerable<double> values) => Spread.Of(values).Median;
}
