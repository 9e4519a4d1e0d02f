using System.Diagnostics;

namespace Consultation.Bench.Servers;

internal sealed record Server(int Port, Process Process)
{
    internal string Url(string path) => $"http://127.0.0.1:{Port}{path}";
}
