using Dapper;
using Npgsql;

namespace Consultation.Infrastructure.Database;

internal static class DatabaseSetup
{
    private const int DefaultPoolSize = 25;

    public static IServiceCollection AddDatabase(this IServiceCollection services)
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        services.AddSingleton(provider => CreateSource(provider.GetRequiredService<Settings>(), provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<DatabaseWatch>();
        services.AddSingleton<Database>();
        services.AddSingleton(provider => new Migrator(provider.GetRequiredService<Settings>().Postgres, provider.GetRequiredService<ILogger<Migrator>>()));
        services.AddHostedService<MigrationAtStart>();
        return services;
    }

    /// <summary>
    /// The connection string, with what the service's own promises need put over it. The server gives up a statement before
    /// <see cref="Database.Patience"/> is over, so that none goes on after its client was told 503.
    /// </summary>
    private static NpgsqlDataSource CreateSource(Settings settings, ILoggerFactory loggers)
    {
        var asked = new NpgsqlConnectionStringBuilder(settings.Postgres); // ask its Keys: ContainsKey is true of every keyword there is
        var connection = new NpgsqlConnectionStringBuilder(settings.Postgres)
        {
            Timeout = 4,
            CommandTimeout = 15, // later than every bound of ours: it would cancel in a thread of the pool, see Database.Abandon
            CancellationTimeout = -1, // a server that hangs does not answer a cancellation either: close the connection after the attempt
            Options = $"{asked.Options} -c statement_timeout=3500 -c lock_timeout=3000".TrimStart(),
            IncludeErrorDetail = false, // it would quote rows, and so personal data
            MaxAutoPrepare = asked.Keys.Contains("Max Auto Prepare") ? asked.MaxAutoPrepare : 50,
            AutoPrepareMinUsages = asked.Keys.Contains("Auto Prepare Min Usages") ? asked.AutoPrepareMinUsages : 2,
            MaxPoolSize = asked.Keys.Contains("Maximum Pool Size") ? asked.MaxPoolSize : DefaultPoolSize,
        };
        connection.ApplicationName ??= "consultation";
        return new NpgsqlDataSourceBuilder(connection.ConnectionString).UseLoggerFactory(loggers).Build();
    }
}
