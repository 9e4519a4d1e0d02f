using Consultation.Infrastructure.Configuration;
using Npgsql;

namespace Consultation.Infrastructure.Database;

/// <summary>Where PostgreSQL is, and whether this process brings its schema up to date.</summary>
internal sealed record PostgresOptions(string ConnectionString, bool MigrateOnStart)
{
    private const string Key = "ConnectionStrings:Postgres";

    public static PostgresOptions Read(ConfigurationReader reader) =>
        new(ConnectionStringOf(reader) ?? "", reader.Flag("CONSULTATION_MIGRATE_ON_START", true));

    private static string? ConnectionStringOf(ConfigurationReader reader)
    {
        var text = reader.Text(Key);
        if (text is null)
            return reader.Missing(Key, "a PostgreSQL connection string");
        try
        {
            var connection = new NpgsqlConnectionStringBuilder(text);
            return string.IsNullOrEmpty(connection.Host) ? reader.Refuse(Key, null, "a PostgreSQL connection string with a Host")
                : reader.IsKnownToAll(connection.Password) ? reader.Refuse(Key, null, "a password of your own outside development, not the example's")
                : text;
        }
        catch (ArgumentException)
        {
            return reader.Refuse(Key, null, "a PostgreSQL connection string, like Host=db;Database=consultation;Username=…;Password=…");
        }
    }
}
