using System.Security.Cryptography;

namespace Consultation.Infrastructure.Embedded;

/// <summary>What a development run needs and nobody has configured: PostgreSQL, Redis and a secret for tokens, all below <c>.data</c>.</summary>
/// <remarks>Dispose it after the host has stopped: requests that are still draining need the servers.</remarks>
internal sealed class EmbeddedServers : IAsyncDisposable
{
    private const int SecretBytes = 48;

    private readonly Dictionary<string, string?> _settings = [];

    private EmbeddedServers()
    {
    }

    /// <summary>Null when configuration names another.</summary>
    internal EmbeddedPostgres? Postgres { get; private set; }

    /// <summary>Null when configuration names another.</summary>
    internal EmbeddedRedis? Redis { get; private set; }

    /// <summary>To be added to configuration; holds only keys that were absent.</summary>
    internal IReadOnlyDictionary<string, string?> Settings => _settings;

    /// <exception cref="InvalidOperationException">With a message for the developer; nothing stays behind.</exception>
    internal static async Task<EmbeddedServers> StartAsync(IConfiguration configuration, string contentRoot, CancellationToken cancellationToken)
    {
        var data = Path.Combine(contentRoot, ".data");
        var servers = new EmbeddedServers();
        try
        {
            await Task.WhenAll(
                Absent("ConnectionStrings:Postgres") ? StartPostgresAsync() : Task.CompletedTask,
                Absent("ConnectionStrings:Redis") ? StartRedisAsync() : Task.CompletedTask);
            // An authority brings its own keys and its own names.
            if (Absent("CONSULTATION_JWT_AUTHORITY"))
            {
                if (Absent("CONSULTATION_JWT_SECRET"))
                    servers._settings["CONSULTATION_JWT_SECRET"] = KeptSecret(data);
                foreach (var name in new[] { "CONSULTATION_JWT_ISSUER", "CONSULTATION_JWT_AUDIENCE" }.Where(Absent))
                    servers._settings[name] = "consultation-dev";
            }
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }

        if (servers.Postgres is not null)
            servers._settings["ConnectionStrings:Postgres"] = servers.Postgres.ConnectionString;
        if (servers.Redis is not null)
            servers._settings["ConnectionStrings:Redis"] = servers.Redis.ConnectionString;
        return servers;

        bool Absent(string key) => string.IsNullOrWhiteSpace(configuration[key]);

        async Task StartPostgresAsync() =>
            servers.Postgres = await EmbeddedPostgres.StartAsync(Path.Combine(data, "postgres"), cancellationToken);

        async Task StartRedisAsync() =>
            servers.Redis = await EmbeddedRedis.StartAsync(Path.Combine(data, "redis"), cancellationToken);
    }

    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(
            Postgres?.DisposeAsync().AsTask() ?? Task.CompletedTask,
            Redis?.DisposeAsync().AsTask() ?? Task.CompletedTask);

    /// <summary>Made once and kept, so that a token outlives a restart.</summary>
    private static string KeptSecret(string folder)
    {
        var file = Path.Combine(folder, "jwt-secret");
        if (File.Exists(file))
            return File.ReadAllText(file);

        Directory.CreateDirectory(folder);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var secret = Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));
        using var writer = new StreamWriter(file, options);
        writer.Write(secret);
        return secret;
    }
}
