using System.Text;
using Consultation.Infrastructure.Configuration;
using Npgsql;

namespace Consultation.Infrastructure.Database;

/// <summary>Where PostgreSQL is, in Npgsql's terms, and whether this process brings its schema up to date.</summary>
internal sealed record PostgresOptions(string ConnectionString, bool MigrateOnStart)
{
    private const string Key = "ConnectionStrings:Postgres";
    private const string Example = "Host=db;Database=consultation;Username=…;Password=… or postgres://user:password@db:5432/consultation";

    public static PostgresOptions Read(ConfigurationReader reader) =>
        new(ConnectionStringOf(reader) ?? "", reader.Flag("CONSULTATION_MIGRATE_ON_START", true));

    private static string? ConnectionStringOf(ConfigurationReader reader)
    {
        var text = reader.Text(Key);
        if (text is null)
            return reader.Missing(Key, $"a PostgreSQL connection string, like {Example}");
        try
        {
            var isUrl = PostgresUrl.IsUrl(text);
            var connection = isUrl ? PostgresUrl.Parse(text) : new NpgsqlConnectionStringBuilder(text);
            return WhatIsWrong(connection) is { } wrong ? reader.Refuse(Key, null, wrong)
                : reader.IsKnownToAll(connection.Password) ? reader.Refuse(Key, null, "a password of your own outside development, not the example's")
                : isUrl ? connection.ConnectionString : text;
        }
        catch (FormatException unreadable)
        {
            return reader.Refuse(Key, null, unreadable.Message);
        }
        catch (Exception refused) when (refused is ArgumentException or NotSupportedException or OverflowException)
        {
            // the driver's words may quote the text, and so a secret
            return reader.Refuse(Key, null, $"a PostgreSQL connection string, like {Example}");
        }
    }

    /// <summary>What the driver would refuse only when it is used; null when nothing is.</summary>
    private static string? WhatIsWrong(NpgsqlConnectionStringBuilder connection)
    {
        if (string.IsNullOrWhiteSpace(connection.Host))
            return $"a PostgreSQL connection string with a Host, like {Example}";
        if (connection.Multiplexing)
            return "a PostgreSQL connection string without Multiplexing, since a transaction needs a connection of its own";
        if (connection.ShouldSerialize("Minimum Pool Size") && connection.ShouldSerialize("Maximum Pool Size") && connection.MinPoolSize > connection.MaxPoolSize)
            return $"a Minimum Pool Size (it is {connection.MinPoolSize}) up to the Maximum Pool Size (it is {connection.MaxPoolSize})";
        if (connection.TargetSessionAttributes is { } wanted && wanted.ToUpperInvariant() is not ("ANY" or "PRIMARY" or "READ-WRITE" or "READWRITE"))
            return "Target Session Attributes of Primary, ReadWrite or Any, since the service writes";
        if (connection.TargetSessionAttributes is { } one && !one.Equals("any", StringComparison.OrdinalIgnoreCase) && !connection.Host.Contains(','))
            return "Target Session Attributes together with several hosts only (leave it out for one host)";
        foreach (var (name, path) in (ReadOnlySpan<(string, string?)>)
            [("SSL Certificate", connection.SslCertificate), ("SSL Key", connection.SslKey), ("Root Certificate", connection.RootCertificate), ("Passfile", connection.Passfile)])
        {
            if (path is { Length: > 0 } && !File.Exists(path))
                return $"a file for {name} that exists and can be seen by the service ('{path}' cannot)";
        }
        if (Array.Find(["UTF8", .. new[] { connection.Encoding, connection.ClientEncoding }.OfType<string>()], name => !IsEncoding(name)) is { } unknown)
            return $"an Encoding that is known ('{unknown}' is not)";
        if (PostgresServers.Split(connection).Any(server => server.Port is < 1 or > 65535))
            return "a Port from 1 to 65535";
        return WhatTheDriverRefuses(connection);
    }

    private static string? WhatTheDriverRefuses(NpgsqlConnectionStringBuilder connection)
    {
        try
        {
            foreach (var server in PostgresServers.Split(connection))
                new NpgsqlDataSourceBuilder(DatabaseSetup.Served(server, "", poolSize: null).ConnectionString).Build().Dispose();
            return null;
        }
        catch (Exception refused) when (refused is ArgumentException or NotSupportedException or InvalidOperationException)
        {
            return $"a combination that Npgsql takes ({refused.Message})"; // of values that were readable: it names settings
        }
    }

    private static bool IsEncoding(string name)
    {
        try
        {
            return name is "UTF8" or "sql-ascii" || Encoding.GetEncoding(name) is not null;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
