namespace Consultation.Infrastructure.Caching;

/// <summary>The one place where keys of the customers' slot lists are built.</summary>
internal static class CacheKeys
{
    private const string Prefix = "consultation:customer:slots:list:";

    /// <summary>The generation of all lists; see <see cref="ListVersion"/>.</summary>
    public static readonly string ListVersion = Build("generation");

    /// <param name="parts">Canonical parameters in a fixed order, so that equal queries have one key.</param>
    public static string Build(params ReadOnlySpan<string> parts) => Prefix + string.Join(':', parts);
}
