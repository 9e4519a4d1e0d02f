using Consultation.Infrastructure.Database;
using Npgsql;

namespace Consultation.Infrastructure;

/// <summary>What can be asked of the program beside serving. Exit codes: 0 done, 1 failed, 2 misused.</summary>
internal static class Arguments
{
    public const int Misuse = 2;

    private const string MigrateCommand = "migrate";
    private const string Help = """
        Consultation: customers find a consultation slot and book it, staff generate slots and mark whom they have contacted.

        usage: Consultation              serve
               Consultation migrate      bring the database's schema up to this version, and exit
               Consultation --version    print the version
               Consultation --help       print this

        Everything else is configured by environment variables; the README lists them.
        """;

    /// <returns>The exit code when there is nothing to do but to answer; null to go on.</returns>
    public static int? Answer(string[] args)
    {
        switch (args)
        {
            case ["--help" or "-h" or "-?" or "help", ..]:
                Console.WriteLine(Help);
                return 0;
            case ["--version", ..]:
                Console.WriteLine(ServiceVersion.Current);
                return 0;
            case [not MigrateCommand and var unknown, ..] when !unknown.StartsWith('-'):
                Console.Error.WriteLine($"There is no command '{unknown}'.\n\n{Help}");
                return Misuse;
            default:
                return null;
        }
    }

    public static WebApplicationOptions Options(string[] args) => new()
    {
        Args = args,
        ContentRootPath = File.Exists("appsettings.json") ? null : AppContext.BaseDirectory,
    };

    public static bool IsMigrate(string[] args) => args is [MigrateCommand, ..];

    /// <summary>Needs no more of the configuration than where PostgreSQL is.</summary>
    public static async Task<int> Migrate(IConfiguration configuration)
    {
        var reader = new SettingsReader(configuration);
        if (reader.Postgres("ConnectionStrings:Postgres") is not { } postgres)
        {
            Console.Error.WriteLine(reader.Problems[0]);
            return Misuse;
        }
        using var logging = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => console.SingleLine = true));
        try
        {
            await new Migrator(postgres, logging.CreateLogger<Migrator>()).Up(CancellationToken.None);
            return 0;
        }
        catch (NpgsqlException away)
        {
            Console.Error.WriteLine($"The schema was not migrated: {away.Message}");
            return 1;
        }
    }
}
