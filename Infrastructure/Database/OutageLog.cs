using System.Diagnostics;
using System.Security.Authentication;
using Npgsql;

namespace Consultation.Infrastructure.Database;

/// <summary>
/// Says each reason for which PostgreSQL fails us once an outage, and once that it is back, however many of its users notice; and not again
/// at once when it comes and goes (a lock that somebody holds fails some requests and lets others pass).
/// </summary>
internal sealed partial class OutageLog(ILogger<OutageLog> logger)
{
    private static readonly TimeSpan PauseBetweenWarnings = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly HashSet<string> _failing = [];
    private readonly HashSet<string> _said = [];
    private int _failures;
    private long _since;
    private long? _ended;

    /// <param name="user">Who has been answered: a pool, or the probe.</param>
    public void Answered(string user)
    {
        if (_failures == 0) // read without the gate: an answer is the common case
            return;
        double seconds;
        int failures;
        lock (_gate)
        {
            if (!_failing.Remove(user) || _failing.Count > 0)
                return;
            (seconds, failures) = (Stopwatch.GetElapsedTime(_since).TotalSeconds, _failures);
            _failures = 0;
            if (_said.Count == 0)
                return;
            _said.Clear();
            _ended = Stopwatch.GetTimestamp();
        }
        Back(seconds, failures);
    }

    public void Failed(string user, Exception failure) => Failed(user, ReasonOf(failure));

    public void Failed(string user, string reason)
    {
        lock (_gate)
        {
            _failing.Add(user);
            if (_failures++ == 0)
                _since = Stopwatch.GetTimestamp();
            if (_said.Count == 0 && _ended is { } last && Stopwatch.GetElapsedTime(last) < PauseBetweenWarnings)
                return;
            if (!_said.Add(reason))
                return;
        }
        Away(reason);
    }

    /// <summary>
    /// What an operator needs: the server's own words on connections, logins, rights and names, or the driver's with what lies beneath them. Neither
    /// holds data or a password; what the server says of a statement's values could, and is left out.
    /// </summary>
    public static string ReasonOf(Exception failure)
    {
        if (Find<PostgresException>(failure) is { } refused)
            return refused.SqlState[..2] is "22" or "23" ? refused.SqlState : $"{refused.SqlState}: {refused.MessageText}";
        var texts = new List<string>();
        for (var cause = failure; cause is not null; cause = cause.InnerException)
            if (cause is not AggregateException && !texts.Exists(text => text.Contains(cause.Message, StringComparison.Ordinal)))
                texts.Add(cause.Message.TrimEnd('.'));
        var reason = string.Join(": ", texts).ReplaceLineEndings(" ");
        return Find<AuthenticationException>(failure) is null ? reason : $"TLS: {reason}";
    }

    private static T? Find<T>(Exception? failure) where T : Exception =>
        failure is null or T ? failure as T : Find<T>(failure.InnerException);

    [LoggerMessage(Level = LogLevel.Warning, Message = "PostgreSQL does not answer ({Reason}); requests get 503, jobs wait in the outbox")]
    private partial void Away(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "PostgreSQL answers again after {Seconds:0.0} s and {Failures} failures")]
    private partial void Back(double seconds, int failures);
}
