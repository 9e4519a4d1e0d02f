using Consultation.Features;
using Consultation.Infrastructure.Auth;
using Consultation.Infrastructure.BullMq;
using Consultation.Infrastructure.Caching;
using Consultation.Infrastructure.Configuration;
using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Http;
using Consultation.Infrastructure.RateLimiting;
using Consultation.Infrastructure.Redis;
using Consultation.Infrastructure.Telemetry;
using Microsoft.Extensions.Configuration;
using NodaTime;
using Xunit;

namespace Consultation.Tests.Infrastructure.Configuration;

public sealed class SettingsTests
{
    private const string Secret = "a-secret-of-the-tests-with-more-than-32-bytes";

    private static readonly (string Key, string? Value)[] Required =
    [
        ("ConnectionStrings:Postgres", "Host=db;Password=hush-hush"),
        ("ConnectionStrings:Redis", "redis:6379,password=hush-hush"),
        ("CONSULTATION_JWT_SECRET", Secret),
        ("CONSULTATION_JWT_ISSUER", "issuer"),
        ("CONSULTATION_JWT_AUDIENCE", "audience"),
    ];

    [Fact]
    public void What_is_not_set_has_its_default()
    {
        var settings = Good();

        Assert.Equal("Host=db;Password=hush-hush", settings.Postgres.ConnectionString);
        Assert.Equal(settings.Redis.ConnectionString, settings.Queue.ConnectionString);
        Assert.Equal("notifications", settings.Queue.Name);
        Assert.Equal("bull", settings.Queue.Prefix);
        Assert.Equal(DateTimeZone.Utc, settings.Shop.TimeZone);
        Assert.Equal(TimeSpan.FromSeconds(300), settings.Cache.TimeToLive);
        Assert.Equal(new RateLimit(10, TimeSpan.FromSeconds(60)), settings.Limits[RateLimits.PublicBook]);
        Assert.Equal(new RateLimit(120, TimeSpan.FromSeconds(60)), settings.Limits[RateLimits.PublicSlots]);
        Assert.Equal(new RateLimit(60, TimeSpan.FromSeconds(60)), settings.Limits[RateLimits.CustomerBookings]);
        Assert.Equal(new RateLimit(300, TimeSpan.FromSeconds(60)), settings.Limits[RateLimits.Admin]);
        Assert.Empty(settings.Http.TrustedProxies);
        Assert.Empty(settings.Http.CorsOrigins);
        Assert.Equal(5000, settings.Shop.BulkMaxSlots);
        Assert.True(settings.Postgres.MigrateOnStart);
        Assert.Equal(new JwtOptions { Secret = Secret, Issuer = "issuer", Audience = "audience" }, settings.Jwt);
    }

    [Fact]
    public void Each_value_is_read_from_its_own_variable()
    {
        var settings = Good(
            ("ConnectionStrings:NotificationsRedis", "queue:6380"),
            ("CONSULTATION_NOTIFICATIONS_QUEUE", "mail"),
            ("CONSULTATION_NOTIFICATIONS_PREFIX", "{shop}"),
            ("CONSULTATION_TIME_ZONE", "Asia/Kathmandu"),
            ("CONSULTATION_SLOTS_CACHE_TTL_SECONDS", "11"),
            ("CONSULTATION_PUBLIC_BOOK_RATE_LIMIT", "21"), ("CONSULTATION_PUBLIC_BOOK_RATE_WINDOW_SECONDS", "22"),
            ("CONSULTATION_PUBLIC_SLOTS_RATE_LIMIT", "31"), ("CONSULTATION_PUBLIC_SLOTS_RATE_WINDOW_SECONDS", "32"),
            ("CONSULTATION_CUSTOMER_BOOKINGS_RATE_LIMIT", "41"), ("CONSULTATION_CUSTOMER_BOOKINGS_RATE_WINDOW_SECONDS", "42"),
            ("CONSULTATION_ADMIN_RATE_LIMIT", "51"), ("CONSULTATION_ADMIN_RATE_WINDOW_SECONDS", "52"),
            ("CONSULTATION_TRUSTED_PROXIES", "10.0.0.0/8, 192.168.1.1,::1,2001:db8::/32"),
            ("CONSULTATION_CORS_ORIGINS", "https://shop.example, http://localhost:3000/"),
            ("CONSULTATION_BULK_MAX_SLOTS", "61"),
            ("CONSULTATION_MIGRATE_ON_START", "false"),
            ("CONSULTATION_JWT_SECRET_PREVIOUS", Secret + "-before"));

        Assert.Equal("queue:6380", settings.Queue.ConnectionString);
        Assert.Equal("mail", settings.Queue.Name);
        Assert.Equal("{shop}", settings.Queue.Prefix);
        Assert.Equal("Asia/Kathmandu", settings.Shop.TimeZone.Id);
        Assert.Equal(TimeSpan.FromSeconds(11), settings.Cache.TimeToLive);
        Assert.Equal(new RateLimit(21, TimeSpan.FromSeconds(22)), settings.Limits[RateLimits.PublicBook]);
        Assert.Equal(new RateLimit(31, TimeSpan.FromSeconds(32)), settings.Limits[RateLimits.PublicSlots]);
        Assert.Equal(new RateLimit(41, TimeSpan.FromSeconds(42)), settings.Limits[RateLimits.CustomerBookings]);
        Assert.Equal(new RateLimit(51, TimeSpan.FromSeconds(52)), settings.Limits[RateLimits.Admin]);
        Assert.Equal(
            ["10.0.0.0/8", "192.168.1.1/32", "::1/128", "2001:db8::/32"], settings.Http.TrustedProxies.Select(network => network.ToString()));
        Assert.Equal(["https://shop.example", "http://localhost:3000"], settings.Http.CorsOrigins);
        Assert.Equal(61, settings.Shop.BulkMaxSlots);
        Assert.False(settings.Postgres.MigrateOnStart);
        Assert.Equal(Secret + "-before", settings.Jwt.PreviousSecret);
    }

    [Fact]
    public void An_empty_value_counts_as_none()
    {
        var settings = Good(("CONSULTATION_TIME_ZONE", ""), ("CONSULTATION_BULK_MAX_SLOTS", " "), ("CONSULTATION_JWT_AUTHORITY", ""), ("ConnectionStrings:NotificationsRedis", ""));

        Assert.Equal(DateTimeZone.Utc, settings.Shop.TimeZone);
        Assert.Equal(5000, settings.Shop.BulkMaxSlots);
        Assert.Equal(settings.Redis.ConnectionString, settings.Queue.ConnectionString);
    }

    [Theory]
    [InlineData("CONSULTATION_BULK_MAX_SLOTS", 1_000_000)]
    [InlineData("CONSULTATION_PUBLIC_BOOK_RATE_LIMIT", 1_000_000)]
    [InlineData("CONSULTATION_PUBLIC_SLOTS_RATE_LIMIT", 1_000_000)]
    [InlineData("CONSULTATION_CUSTOMER_BOOKINGS_RATE_LIMIT", 1_000_000)]
    [InlineData("CONSULTATION_ADMIN_RATE_LIMIT", 1_000_000)]
    [InlineData("CONSULTATION_SLOTS_CACHE_TTL_SECONDS", 86_400)]
    [InlineData("CONSULTATION_PUBLIC_BOOK_RATE_WINDOW_SECONDS", 86_400)]
    [InlineData("CONSULTATION_PUBLIC_SLOTS_RATE_WINDOW_SECONDS", 86_400)]
    [InlineData("CONSULTATION_CUSTOMER_BOOKINGS_RATE_WINDOW_SECONDS", 86_400)]
    [InlineData("CONSULTATION_ADMIN_RATE_WINDOW_SECONDS", 86_400)]
    public void A_number_is_from_one_to_its_maximum(string key, int maximum)
    {
        Good((key, "1"));
        Good((key, $"{maximum}"));
        foreach (var bad in new[] { "0", "-1", $"{maximum + 1}", "1.5", "1e3", "ten", "1,000", "+1", "0x10", "99999999999999999999" })
            IsRefused(key, bad, $"{maximum}");
    }

    [Theory]
    [InlineData("CONSULTATION_TIME_ZONE", "Mars/Olympus")]
    [InlineData("CONSULTATION_TIME_ZONE", "W. Europe Standard Time")]
    [InlineData("CONSULTATION_TIME_ZONE", "+05:45")]
    [InlineData("CONSULTATION_TIME_ZONE", "UTC+05:45")]
    [InlineData("CONSULTATION_TIME_ZONE", "Factory")]
    [InlineData("CONSULTATION_TIME_ZONE", "localtime")]
    [InlineData("CONSULTATION_TIME_ZONE", "posix/Europe/Berlin")]
    [InlineData("CONSULTATION_TIME_ZONE", "../../etc/passwd")]
    [InlineData("CONSULTATION_MIGRATE_ON_START", "yes")]
    [InlineData("CONSULTATION_MIGRATE_ON_START", "1")]
    [InlineData("CONSULTATION_CORS_ORIGINS", "*")]
    [InlineData("CONSULTATION_CORS_ORIGINS", "shop.example")]
    [InlineData("CONSULTATION_CORS_ORIGINS", "https://shop.example/path")]
    [InlineData("CONSULTATION_CORS_ORIGINS", "shop.example:443")]
    [InlineData("CONSULTATION_CORS_ORIGINS", "https://*.shop.example")]
    [InlineData("CONSULTATION_CORS_ORIGINS", "https://me@shop.example")]
    [InlineData("CONSULTATION_CORS_ORIGINS", "https://shop.example?")]
    [InlineData("CONSULTATION_CORS_ORIGINS", "capacitor:localhost")]
    [InlineData("CONSULTATION_CORS_ORIGINS", "null")]
    [InlineData("CONSULTATION_TRUSTED_PROXIES", "proxy")]
    [InlineData("CONSULTATION_TRUSTED_PROXIES", "10.0.0.0/33")]
    [InlineData("CONSULTATION_TRUSTED_PROXIES", "1")]
    [InlineData("CONSULTATION_TRUSTED_PROXIES", "10.1")]
    [InlineData("CONSULTATION_TRUSTED_PROXIES", "010.0.0.1")]
    [InlineData("CONSULTATION_TRUSTED_PROXIES", "0x7f.0.0.1/32")]
    [InlineData("CONSULTATION_NOTIFICATIONS_QUEUE", "two words")]
    [InlineData("CONSULTATION_NOTIFICATIONS_QUEUE", "shop:mails")]
    [InlineData("CONSULTATION_NOTIFICATIONS_PREFIX", "two words")]
    public void A_value_that_cannot_be_is_one_line_that_names_variable_value_and_what_is_allowed(string key, string value) => IsRefused(key, value);

    [Fact]
    public void Of_a_list_each_bad_entry_is_named()
    {
        var problems = Bad(development: false, [("CONSULTATION_TRUSTED_PROXIES", "10.0.0.0/8,one,two")]);

        Assert.Equal(2, problems.Count);
        Assert.Contains("'one'", problems[0], StringComparison.Ordinal);
        Assert.Contains("'two'", problems[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CONSULTATION_TIME_ZONE", "one\ntwo")]
    [InlineData("CONSULTATION_BULK_MAX_SLOTS", "1\r\n2")]
    [InlineData("CONSULTATION_NOTIFICATIONS_QUEUE", "one\ntwo")]
    public void A_value_of_two_lines_is_still_one_line(string key, string value)
    {
        var problem = Assert.Single(Bad(development: false, [(key, value)]));

        Assert.DoesNotContain(problem, char.IsControl);
        Assert.StartsWith(key, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ConnectionStrings:Postgres", "hush-hush")]
    [InlineData("ConnectionStrings:Postgres", "Password=hush-hush")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Nonsense=hush-hush")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Port=hush-hush")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Port=99999999999;Password=hush-hush")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;SSL Mode=hush-hush")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Timeout=-5;Password=hush-hush")]
    [InlineData("ConnectionStrings:Redis", "redis:6379,nonsense=hush-hush")]
    [InlineData("ConnectionStrings:Redis", "password=hush-hush")]
    [InlineData("ConnectionStrings:Redis", "redis:6379,abortConnect=hush-hush")]
    [InlineData("ConnectionStrings:Redis", "redis:6379,connectTimeout=hush-hush")]
    [InlineData("ConnectionStrings:Redis", "redis:6379,version=hush-hush")]
    [InlineData("ConnectionStrings:Redis", "redis:6379,protocol=hush-hush")]
    [InlineData("ConnectionStrings:Redis", "redis:hush-hush")]
    [InlineData("ConnectionStrings:NotificationsRedis", "queue:6379,nonsense=hush-hush")]
    [InlineData("CONSULTATION_JWT_SECRET", "hush-hush")]
    [InlineData("CONSULTATION_JWT_SECRET", "hush-hush-of-only-31-characters")]
    [InlineData("CONSULTATION_JWT_SECRET_PREVIOUS", "hush-hush")]
    public void A_connection_string_or_a_secret_that_cannot_be_is_named_but_not_shown(string key, string value)
    {
        var problem = Assert.Single(Bad(development: false, [(key, value)]));

        Assert.StartsWith(key.Replace(":", "__", StringComparison.Ordinal) + " ", problem, StringComparison.Ordinal);
        Assert.Contains("allowed: ", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("hush-hush", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Minimum Pool Size=30;Maximum Pool Size=20", "Minimum Pool Size")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Multiplexing=true", "Multiplexing")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Target Session Attributes=Primary", "Target Session Attributes")]
    [InlineData("ConnectionStrings:Postgres", "Host=one,two;Target Session Attributes=Standby", "Target Session Attributes")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;SSL Certificate=/not/there.pem", "SSL Certificate")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Root Certificate=/not/there.pem", "Root Certificate")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Port=99999", "Port")]
    [InlineData("ConnectionStrings:Postgres", "Host=one:1,two:99999", "Port")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Encoding=klingon", "Encoding")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;SSL Negotiation=Direct", "SSL Negotiation")]
    [InlineData("ConnectionStrings:Postgres", "Host=db;Connection Idle Lifetime=1;Connection Pruning Interval=5", "ConnectionPruningInterval")]
    [InlineData("ConnectionStrings:Postgres", "postgres://shop:hush-hush@db/shop?connection_limit=1", "connection_limit")]
    [InlineData("ConnectionStrings:Postgres", "postgres://shop:hush-hush@db/shop?sslmode=sometimes", "verify-full")]
    [InlineData("ConnectionStrings:Postgres", "postgres://shop:hush-hush@db:port/shop", "port")]
    [InlineData("ConnectionStrings:Postgres", "postgres:///shop", "host")]
    [InlineData("ConnectionStrings:Redis", "redis:6379,password=hush-hush,hush", "%2C")]
    [InlineData("ConnectionStrings:Redis", "redis://:hush-hush@cache:6379/first", "database")]
    [InlineData("ConnectionStrings:Redis", "redis://:hush-hush@cache:port", "port")]
    [InlineData("ConnectionStrings:Redis", "redis://cache?ssl_cert_reqs=none", "ssl_cert_reqs")]
    [InlineData("ConnectionStrings:NotificationsRedis", "redis://:hush-hush@", "host")]
    public void A_connection_string_that_a_driver_would_refuse_later_is_refused_at_the_start_with_what_is_wrong(string key, string value, string wrong)
    {
        var problem = Assert.Single(Bad(development: false, [(key, value)]));

        Assert.Contains(wrong, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres://shop:p%40ss%2Cw%2Frd@db/consultation", "Host=db;Username=shop;Password=\"p@ss,w/rd\";Database=consultation")]
    [InlineData("postgresql://shop:p@ss@one:5433,two/shop?target_session_attrs=read-write", "Host=one:5433,two;Username=shop;Password=p@ss;Database=shop")]
    [InlineData("POSTGRES://db?sslmode=verify-ca&sslrootcert=system", "Host=db;SSL Mode=VerifyFull")]
    [InlineData("postgres://u:p@h/d?sslmode=require&channel_binding=require&options=-c%20work_mem%3D8MB", "Host=h;Username=u;Password=p;Database=d;SSL Mode=Require;Channel Binding=Require;Options=\"-c work_mem=8MB\"")]
    [InlineData("postgres://u@[::1]:5433/d?schema=My%20shop&pgbouncer=true", "Host=[::1]:5433;Username=u;Database=d;Search Path='\"My shop\"';Maximum Auto Prepare=0")]
    public void PostgreSQL_may_be_given_as_providers_show_it(string address, string same) =>
        Assert.Equal(
            new Npgsql.NpgsqlConnectionStringBuilder(same.Replace("Maximum Auto Prepare", "Max Auto Prepare", StringComparison.Ordinal)).ConnectionString,
            new Npgsql.NpgsqlConnectionStringBuilder(Good(("ConnectionStrings:Postgres", address)).Postgres.ConnectionString).ConnectionString);

    [Fact]
    public void Several_hosts_are_split_into_connection_strings_of_one_each()
    {
        var servers = PostgresServers.Split(new("Host=one:5433,two,[::1]:5434,/run/postgresql;Port=6000;Database=shop;Target Session Attributes=Primary")).ToList();

        Assert.Equal([("one", 5433), ("two", 6000), ("::1", 5434), ("/run/postgresql", 6000)], servers.Select(server => (server.Host!, server.Port)));
        Assert.All(servers, server => Assert.Null(server.TargetSessionAttributes));
    }

    [Theory]
    [InlineData("redis://cache", "cache:6379", null, null, false, null)]
    [InlineData("redis://:p%40ss%2Cw%2Frd@cache:6380/3", "cache:6380", null, "p@ss,w/rd", false, 3)]
    [InlineData("rediss://shop:secret@cache:6380/0", "cache:6380", "shop", "secret", true, 0)]
    [InlineData("cache:6381,password=secret,ssl=true,defaultDatabase=2", "cache:6381", null, "secret", true, 2)]
    [InlineData("REDIS://default:secret@[::1]:7000", "[::1]:7000", null, "secret", false, null)]
    public void Redis_may_be_given_as_providers_show_it(string address, string endpoint, string? user, string? password, bool tls, int? database)
    {
        var options = RedisAddress.Parse(Good(("ConnectionStrings:Redis", address)).Redis.ConnectionString);

        Assert.Equal(
            (endpoint, user, password, tls, database),
            ($"{Assert.Single(options.EndPoints)}".Replace("Unspecified/", "", StringComparison.Ordinal), options.User, options.Password, options.Ssl, options.DefaultDatabase));
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "collector")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "udp")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")]
    [InlineData("OTEL_EXPORTER_OTLP_CERTIFICATE", "/not/there.pem")]
    [InlineData("OTEL_TRACES_EXPORTER", "zipkin")]
    [InlineData("OTEL_TRACES_SAMPLER", "some")]
    [InlineData("OTEL_TRACES_SAMPLER_ARG", "2")]
    [InlineData("OTEL_BSP_SCHEDULE_DELAY", "-1")]
    [InlineData("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4096")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "1m")]
    [InlineData("OTEL_RESOURCE_ATTRIBUTES", "staging")]
    [InlineData("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "many")]
    [InlineData("Logging:LogLevel:Default", "Loud")]
    [InlineData("Logging:Console:LogLevel:Npgsql", "Loud")]
    [InlineData("urls", "localhost:5000")]
    [InlineData("urls", "http://*:8080;ftp://*:21")]
    [InlineData("urls", "http://*:99999")]
    [InlineData("urls", "http://*:8080/shop")]
    [InlineData("http_ports", "eighty")]
    public void What_the_framework_would_refuse_later_or_pass_over_in_silence_is_refused_at_the_start(string key, string value)
    {
        var configuration = Configuration([(key, value)]);
        var reader = new ConfigurationReader(configuration, development: false);
        TelemetrySettings.Check(reader);
        ServerSettings.Check(reader, configuration);

        Assert.Contains("; allowed: ", Assert.Single(reader.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void The_headers_for_a_collector_are_a_secret()
    {
        var reader = new ConfigurationReader(Configuration([("OTEL_EXPORTER_OTLP_HEADERS", "hush-hush")]), development: false);
        TelemetrySettings.Check(reader);

        Assert.DoesNotContain("hush-hush", Assert.Single(reader.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("europe/berlin", "Europe/Berlin")]
    [InlineData("Asia/Calcutta", "Asia/Calcutta")]
    [InlineData("EUROPE/KIEV", "Europe/Kiev")]
    [InlineData("America/Buenos_Aires", "America/Buenos_Aires")]
    [InlineData("utc", "UTC")]
    [InlineData("Etc/GMT+5", "Etc/GMT+5")]
    public void A_zone_is_what_browsers_send_in_any_case_and_is_spelled_as_the_tz_database_does(string name, string id) =>
        Assert.Equal(id, Good(("CONSULTATION_TIME_ZONE", name)).Shop.TimeZone.Id);

    [Fact]
    public void A_secret_is_measured_in_bytes()
    {
        Assert.Equal(32, System.Text.Encoding.UTF8.GetByteCount("éééééééééééééééé"));
        Good(("CONSULTATION_JWT_SECRET", "éééééééééééééééé"));
        Good(("CONSULTATION_JWT_SECRET", new string('x', 32)));
    }

    [Theory]
    [InlineData("ConnectionStrings:Postgres")]
    [InlineData("ConnectionStrings:Redis")]
    [InlineData("CONSULTATION_JWT_SECRET")]
    [InlineData("CONSULTATION_JWT_ISSUER")]
    [InlineData("CONSULTATION_JWT_AUDIENCE")]
    public void Outside_development_it_has_to_be_there(string key)
    {
        foreach (var absent in new[] { null, "", "  " })
        {
            var problem = Assert.Single(Bad(development: false, [(key, absent)]));
            Assert.StartsWith(key.Replace(":", "__", StringComparison.Ordinal) + " is missing; allowed: ", problem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once()
    {
        Assert.Null(Read(Configuration([]), development: false, out var problems));

        Assert.Equal(
            ["CONSULTATION_JWT_AUDIENCE", "CONSULTATION_JWT_ISSUER", "CONSULTATION_JWT_SECRET", "ConnectionStrings__Postgres", "ConnectionStrings__Redis"],
            problems.Select(problem => problem.Split(' ')[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void An_authority_takes_the_place_of_a_secret()
    {
        var settings = Good(("CONSULTATION_JWT_SECRET", null), ("CONSULTATION_JWT_AUTHORITY", "https://id.example/shop"));

        Assert.Null(settings.Jwt.Secret);
        Assert.Equal("https://id.example/shop", settings.Jwt.Authority?.ToString());
    }

    [Fact]
    public void A_secret_together_with_an_authority_is_refused()
    {
        var problem = Assert.Single(Bad(development: false, [("CONSULTATION_JWT_AUTHORITY", "https://id.example")]));

        Assert.Contains("CONSULTATION_JWT_AUTHORITY is 'https://id.example'", problem, StringComparison.Ordinal);
        Assert.Contains("not both", problem, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, problem, StringComparison.Ordinal);
        Assert.Single(Bad(development: true, [("CONSULTATION_JWT_AUTHORITY", "https://id.example")]));
    }

    [Theory]
    [InlineData("http://id.example")]
    [InlineData("id.example")]
    [InlineData("/shop")]
    [InlineData("ftp://id.example")]
    public void An_authority_that_is_not_https_is_refused_outside_development(string authority)
    {
        var problem = Assert.Single(Bad(development: false, [("CONSULTATION_JWT_SECRET", null), ("CONSULTATION_JWT_AUTHORITY", authority)]));

        Assert.StartsWith($"CONSULTATION_JWT_AUTHORITY is '{authority}'; allowed: ", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_in_an_address_is_not_shown()
    {
        var problem = Assert.Single(Bad(development: false, [("CONSULTATION_JWT_SECRET", null), ("CONSULTATION_JWT_AUTHORITY", "http://user:hush-hush@id.example")]));

        Assert.StartsWith("CONSULTATION_JWT_AUTHORITY is not usable", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("hush-hush", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plain_http_authority_will_do_in_development()
    {
        var settings = Read(
            Configuration([.. Required, ("CONSULTATION_JWT_SECRET", null), ("CONSULTATION_JWT_AUTHORITY", "http://localhost:8080")]), development: true, out _);

        Assert.Equal(new Uri("http://localhost:8080"), settings?.Jwt.Authority);
        Assert.Single(Bad(development: true, [("CONSULTATION_JWT_SECRET", null), ("CONSULTATION_JWT_AUTHORITY", "ftp://id.example")]));
    }

    /// <summary>All that the rooms read at start, as the program has it.</summary>
    private sealed record Settings(
        PostgresOptions Postgres, RedisOptions Redis, QueueOptions Queue, JwtOptions Jwt, HttpOptions Http, RateLimitOptions Limits, CacheOptions Cache, ShopOptions Shop);

    private static Settings? Read(IConfiguration configuration, bool development, out IReadOnlyList<string> problems)
    {
        var reader = new ConfigurationReader(configuration, development);
        var settings = new Settings(
            PostgresOptions.Read(reader), RedisOptions.Read(reader), QueueOptions.Read(reader), JwtOptions.Read(reader), HttpOptions.Read(reader),
            RateLimitOptions.Read(reader, RateLimits.All), CacheOptions.Read(reader, CacheKeys.TimeToLiveSetting, CacheKeys.ListVersion), ShopOptions.Read(reader));
        problems = reader.Problems;
        return problems.Count == 0 ? settings : null;
    }

    private static void IsRefused(string key, string value, string allowed = "allowed: ")
    {
        var problem = Assert.Single(Bad(development: false, [(key, value)]));
        Assert.StartsWith($"{key} is '{value}'; allowed: ", problem, StringComparison.Ordinal);
        Assert.Contains(allowed, problem, StringComparison.Ordinal);
        Assert.DoesNotContain(problem, char.IsControl);
    }

    private static Settings Good(params (string Key, string? Value)[] changes)
    {
        var settings = Read(Configuration([.. Required, .. changes]), development: false, out var problems);
        Assert.Empty(problems);
        return settings!;
    }

    private static IReadOnlyList<string> Bad(bool development, (string Key, string? Value)[] changes)
    {
        Assert.Null(Read(Configuration([.. Required, .. changes]), development, out var problems));
        return problems;
    }

    private static IConfiguration Configuration((string Key, string? Value)[] values)
    {
        var configuration = new ConfigurationManager();
        foreach (var (key, value) in values)
            configuration[key] = value;
        return configuration;
    }
}
