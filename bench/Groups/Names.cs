namespace Consultation.Bench.Groups;

/// <summary>Contenders, as tables call them.</summary>
internal static class Names
{
    internal const string Service = "service";
    internal const string Floor = "bare Kestrel";
    internal const string Peer = "Fastify";
    internal const string PgBench = "pgbench";

    internal static string Connections(int count) => count == 1 ? "1 connection" : $"{count} connections";
}
