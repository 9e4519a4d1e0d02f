using Consultation.Infrastructure.Configuration;
using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Telemetry;
using Microsoft.AspNetCore.Connections;

namespace Consultation.Infrastructure.Hosting;

/// <summary>What the program can be asked for: to serve, and what there is beside that. Exit codes: 0 done, 1 failed, 2 misused.</summary>
internal static class ServiceCommandLine
{
    private const int Failure = 1;
    public const int Misuse = 2;

    private const string MigrateCommand = "migrate";
    private const string HealthcheckCommand = "healthcheck";
    private const string Help = """
        usage: Consultation              serve
               Consultation migrate      bring the database's schema up to this version, and exit
               Consultation healthcheck  ask the service that runs beside it whether it lives; exit 0 if so
               Consultation --version    print the version
               Consultation --help       print this

        Everything else is configured by environment variables; the README lists them.
        """;

    /// <returns>The exit code when there is nothing to do but to answer; null to go on.</returns>
    public static async Task<int?> Answer(string[] args, string introduction)
    {
        switch (args)
        {
            case [HealthcheckCommand, ..]:
                return await Healthcheck();
            case ["--help" or "-h" or "-?" or "help", ..]:
                Console.WriteLine($"{introduction}\n\n{Help}");
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

    /// <summary>Says what cannot be worked with, a line each.</summary>
    public static int Refuse(IEnumerable<string> problems)
    {
        foreach (var problem in problems)
            Console.Error.WriteLine(problem);
        return Misuse;
    }

    public static bool IsMigrate(string[] args) => args is [MigrateCommand, ..];

    /// <summary>
    /// A step of the start. What it cannot be done with is a line and not a stack trace, whichever library refuses it: nothing has been served yet, and
    /// who reads the line is who set it.
    /// </summary>
    /// <returns>Null when it was refused.</returns>
    public static T? Try<T>(Func<T> step) where T : class
    {
        try
        {
            return step();
        }
        catch (Exception refused) when (refused is not HostAbortedException) // which is how tools take the host and leave
        {
            Refuse(refused);
            return null;
        }
    }

    public static async Task<int> Serve(WebApplication app)
    {
        var (started, stopping) = (app.Lifetime.ApplicationStarted, app.Lifetime.ApplicationStopping);
        try
        {
            _ = ((IEndpointRouteBuilder)app).DataSources.Sum(source => source.Endpoints.Count); // made now, so that one whose conventions lack their room fails the start
            await app.RunAsync();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // told to stop before it had started
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            await Console.Error.WriteLineAsync($"{taken.Message} ASPNETCORE_URLS names another one.");
            return Failure;
        }
        catch (Exception refused) when (!started.IsCancellationRequested)
        {
            return Refuse(refused);
        }
        return 0;
    }

    private static int Refuse(Exception refused) => Refuse([$"The service cannot start with these settings: {OutageLog.ReasonOf(refused)}."]);

    /// <summary>Needs no more of the configuration than where PostgreSQL is.</summary>
    public static async Task<int> Migrate(WebApplicationBuilder builder)
    {
        var reader = new ConfigurationReader(builder.Configuration, builder.Environment.IsDevelopment());
        var options = PostgresOptions.Read(reader);
        ServerSettings.Check(reader, builder.Configuration);
        if (reader.Problems.Count > 0)
            return Refuse(reader.Problems);
        using var logging = LoggerFactory.Create(logging => _ = builder.Environment.IsDevelopment()
            ? logging.AddSimpleConsole(console => console.SingleLine = true)
            : logging.AddJsonConsole());
        try
        {
            await Migrator.UpAsync(options, logging.CreateLogger<Migrator>(), CancellationToken.None);
            return 0;
        }
        catch (Exception failure)
        {
            await Console.Error.WriteLineAsync($"The schema was not migrated: {OutageLog.ReasonOf(failure)}");
            return Failure;
        }
    }

    /// <summary>
    /// For images without a shell. It asks for life and not for readiness, since an engine that replaces what is unhealthy would
    /// help nobody by it while PostgreSQL is away.
    /// </summary>
    private static async Task<int> Healthcheck()
    {
        var server = new ConfigurationBuilder().AddEnvironmentVariables("ASPNETCORE_").Build();
        var urls = server["urls"] ?? $"http://*:{server["http_ports"] ?? "5000"}";
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(3) };
        try
        {
            using var answer = await http.GetAsync(new Uri($"http://localhost:{BindingAddress.Parse(urls.Split(';')[0]).Port}/health/live"));
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            await Console.Error.WriteLineAsync($"The service does not answer: {failure.Message}");
            return 1;
        }
    }
}
