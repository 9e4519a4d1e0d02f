using Consultation.Infrastructure.Errors;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;

namespace Consultation.Infrastructure.Auth;

/// <summary>The authority's keys are not at hand, so nobody can say whether a token is good.</summary>
internal sealed class AuthorityUnavailableException() : DependencyUnavailableException("The keys of the token authority cannot be had.", inner: null);

/// <summary>
/// Fetches the authority's keys when the service starts, and again until they are there, so that no request pays for it. From then on the
/// framework's own manager keeps them, and refreshes them behind the requests. With a shared secret there is nothing to fetch.
/// </summary>
internal sealed partial class AuthorityKeys(IOptionsMonitor<JwtBearerOptions> options, JwtOptions jwt, ILogger<AuthorityKeys> logger) : BackgroundService
{
    /// <summary>Of one attempt, discovery and keys together; who waits with a token gets 503 after it.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private volatile bool _atHand = jwt.Authority is null;
    private Task<bool>? _attempt;
    private bool _said;

    public bool AreAtHand => _atHand;

    /// <summary>Waits for the attempt that is under way, or for a new one.</summary>
    public Task<bool> TryFetchAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_attempt is not { IsCompleted: false })
                _attempt = AttemptAsync();
            return _attempt.WaitAsync(cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var pause = FirstPause; !_atHand && !await TryFetchAsync(stoppingToken); pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks)))
            await Task.Delay(pause, stoppingToken);
    }

    private async Task<bool> AttemptAsync()
    {
        using var deadline = new CancellationTokenSource(Timeout);
        try
        {
            await options.Get(JwtBearerDefaults.AuthenticationScheme).ConfigurationManager!.GetConfigurationAsync(deadline.Token).WaitAsync(deadline.Token);
            _atHand = true;
            if (_said)
                Back(jwt.Authority!.Authority);
            return true;
        }
        catch (Exception failure) // the manager and its retriever throw whatever went wrong on the way
        {
            if (!_said)
                Away(jwt.Authority!.Authority, failure is OperationCanceledException ? $"no answer within {Timeout.TotalSeconds:0} s" : failure.GetBaseException().Message);
            _said = true;
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The keys of the token authority {Authority} cannot be had ({Reason}); requests with a token get 503 where one is needed")]
    private partial void Away(string authority, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The keys of the token authority {Authority} are there")]
    private partial void Back(string authority);
}
