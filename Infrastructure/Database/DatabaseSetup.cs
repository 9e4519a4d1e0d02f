using System.Diagnostics;
using Consultation.Infrastructure.Configuration;
using Dapper;
using Npgsql;

namespace Consultation.Infrastructure.Database;

internal static class DatabaseSetup
{
    /// <summary>The key of the outbox's own few connections: the dispatcher does not queue behind the bookings whose jobs it moves.</summary>
    public const string Outbox = "outbox";

    private const int DefaultPoolSize = 25;
    private const int OutboxPoolSize = 2;

    public static IServiceCollection AddDatabase(this IServiceCollection services, ConfigurationReader configuration)
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        services.AddSingleton(PostgresOptions.Read(configuration));
        services.AddSingleton(provider => Create(provider, "consultation"));
        services.AddKeyedSingleton(Outbox, (provider, _) => Create(provider, "consultation-outbox", OutboxPoolSize));
        services.AddSingleton(provider => new Migrator(provider.GetRequiredService<PostgresOptions>().ConnectionString, provider.GetRequiredService<ILogger<Migrator>>()));
        services.AddHostedService<MigrationAtStart>();
        return services;
    }

    /// <summary>
    /// The connection string, with what the service's own promises need put over it. The server gives up a statement before
    /// <see cref="Postgres.Timeout"/> is over.
    /// </summary>
    private static Postgres Create(IServiceProvider provider, string name, int? poolSize = null)
    {
        var options = provider.GetRequiredService<PostgresOptions>();
        var asked = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        var connection = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            Timeout = 4,
            CommandTimeout = 15, // later than every bound of ours: it would cancel in a thread of the pool, see Postgres.Abandon
            CancellationTimeout = -1, // a server that hangs does not answer a cancellation either: close the connection after the attempt
            Options = $"{asked.Options} -c statement_timeout={Postgres.StatementTimeout.TotalMilliseconds:0} -c lock_timeout=3000".TrimStart(),
            GssEncryptionMode = Migrator.KerberosIfAsked(asked),
            IncludeErrorDetail = false, // it would quote rows, and so personal data
            MaxAutoPrepare = asked.ShouldSerialize("Max Auto Prepare") ? asked.MaxAutoPrepare : 50,
            AutoPrepareMinUsages = asked.ShouldSerialize("Auto Prepare Min Usages") ? asked.AutoPrepareMinUsages : 2,
            MaxPoolSize = poolSize ?? (asked.ShouldSerialize("Maximum Pool Size") ? asked.MaxPoolSize : DefaultPoolSize),
        };
        connection.ApplicationName ??= name;
        var source = new NpgsqlDataSourceBuilder(connection.ConnectionString) { Name = name } // what metrics call it, in place of the connection string
            .UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>())
            .ConfigureTracing(tracing => tracing.ConfigureCommandFilter(_ => Activity.Current is not null)) // requests, not what polls
            .Build();
        return new Postgres(source, ActivatorUtilities.CreateInstance<DatabaseWatch>(provider, name));
    }
}
