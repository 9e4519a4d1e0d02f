using System.Diagnostics;
using Consultation.Infrastructure.Configuration;
using Dapper;
using Npgsql;

namespace Consultation.Infrastructure.Database;

/// <summary>Work to be done once after the migrations and before the first request, on a connection without deadlines; it finds its own locks.</summary>
internal delegate Task DatabasePreparation(NpgsqlConnection connection, CancellationToken cancellationToken);

internal static class DatabaseSetup
{
    /// <summary>The key of the outbox's own few connections: the dispatcher does not queue behind the requests whose jobs it moves.</summary>
    public const string Outbox = "outbox";

    private const int DefaultPoolSize = 25;
    private const int OutboxPoolSize = 2;

    /// <summary>
    /// PostgreSQL for requests and for the outbox. The service is ready once its role may read and write <paramref name="tables"/> and
    /// <paramref name="preparation"/> has been done.
    /// </summary>
    public static IServiceCollection AddDatabase(
        this IServiceCollection services, ConfigurationReader configuration, IReadOnlyList<string> tables, Func<IServiceProvider, DatabasePreparation> preparation)
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        services.AddSingleton(PostgresOptions.Read(configuration));
        services.AddSingleton<PostgresServers>();
        services.AddSingleton<OutageLog>();
        services.AddSingleton<PreparedDatabase>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<DatabaseProbe>(provider, tables, preparation(provider)));
        services.AddHostedService(provider => provider.GetRequiredService<DatabaseProbe>());
        services.AddSingleton(provider => Create(provider, "consultation"));
        services.AddKeyedSingleton(Outbox, (provider, _) => Create(provider, "consultation-outbox", OutboxPoolSize));
        return services;
    }

    /// <summary>
    /// The connection string, with what the service's own promises need put over it. Nothing of it is sent to the server at the start of a connection but
    /// what is asked for: PgBouncer refuses what it does not know.
    /// </summary>
    public static NpgsqlConnectionStringBuilder Served(NpgsqlConnectionStringBuilder asked, string name, int? poolSize)
    {
        var size = poolSize ?? (asked.ShouldSerialize("Maximum Pool Size") ? asked.MaxPoolSize : Math.Max(DefaultPoolSize, asked.MinPoolSize));
        var connection = new NpgsqlConnectionStringBuilder(asked.ConnectionString)
        {
            Timeout = (int)Postgres.ConnectTimeout.TotalSeconds,
            CommandTimeout = 15, // later than every bound of ours: it would cancel in a thread of the pool, see Postgres.Abandon
            CancellationTimeout = -1, // a server that hangs does not answer a cancellation either: close the connection after the attempt
            NoResetOnClose = true, // no statement of ours leaves anything behind in a session
            TcpKeepAlive = true, // a connection that a firewall forgot is found before a request is
            TcpKeepAliveTime = 30,
            TcpKeepAliveInterval = 5,
            GssEncryptionMode = KerberosIfAsked(asked),
            IncludeErrorDetail = false, // it would quote rows, and so personal data
            MaxAutoPrepare = asked.ShouldSerialize("Max Auto Prepare") ? asked.MaxAutoPrepare : 50,
            AutoPrepareMinUsages = asked.ShouldSerialize("Auto Prepare Min Usages") ? asked.AutoPrepareMinUsages : 2,
            MinPoolSize = Math.Min(asked.MinPoolSize, size),
            MaxPoolSize = size,
        };
        connection.ApplicationName ??= name;
        return connection;
    }

    /// <summary>A connection of its own, beside the pools.</summary>
    public static NpgsqlConnectionStringBuilder Unpooled(NpgsqlConnectionStringBuilder asked, string name)
    {
        var connection = Served(asked, name, poolSize: 1);
        connection.Pooling = false;
        connection.MaxAutoPrepare = 0;
        connection.CommandTimeout = 0;
        return connection;
    }

    /// <summary>The same for what polls: a trace of each look would be noise.</summary>
    public static NpgsqlConnection Untraced(NpgsqlConnectionStringBuilder asked, string name) =>
        new NpgsqlDataSourceBuilder(Unpooled(asked, name).ConnectionString)
            .ConfigureTracing(tracing => tracing.ConfigureCommandFilter(_ => false).ConfigureBatchFilter(_ => false))
            .Build() // unpooled, it holds nothing that would have to be disposed of
            .CreateConnection();

    /// <summary>Npgsql would prefer it, and for that load a library that slim images do not have, with a complaint at each start.</summary>
    private static GssEncryptionMode KerberosIfAsked(NpgsqlConnectionStringBuilder asked) =>
        asked.ShouldSerialize("GSS Encryption Mode") ? asked.GssEncryptionMode : GssEncryptionMode.Disable;

    private static Postgres Create(IServiceProvider provider, string name, int? poolSize = null) =>
        ActivatorUtilities.CreateInstance<Postgres>(provider, name, (NpgsqlConnectionStringBuilder server) =>
            new NpgsqlDataSourceBuilder(Served(server, name, poolSize).ConnectionString) { Name = name } // what metrics call it, in place of the connection string
                .UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>())
                .ConfigureTracing(tracing => tracing // requests, not what polls
                    .ConfigureCommandFilter(_ => Activity.Current is not null)
                    .ConfigureBatchFilter(_ => Activity.Current is not null))
                .UsePhysicalConnectionInitializer(StatementTimeouts.Set, StatementTimeouts.SetAsync)
                .Build());
}
