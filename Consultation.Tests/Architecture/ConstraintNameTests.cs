using System.Reflection;
using Consultation.Migrations;
using Consultation.Tests.Support;
using Xunit;

namespace Consultation.Tests.Architecture;

/// <summary>The names by which the service tells refusals apart are those that the database has.</summary>
public sealed class ConstraintNameTests(Service service) : IClassFixture<Service>
{
    private static readonly string[] Known = [.. typeof(Constraints).GetFields(BindingFlags.Static | BindingFlags.Public)
        .Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!)];

    [Fact]
    public async Task Every_name_that_the_service_knows_is_in_the_migrated_database()
    {
        Assert.True(Known.Length >= 10);
        var there = await service.QueryAsync<string>(
            "select conname::text from pg_constraint where connamespace = 'public'::regnamespace union select indexname::text from pg_indexes where schemaname = 'public'");

        Assert.Empty(Known.Except(there));
    }

    [Fact]
    public async Task Every_rule_of_the_database_has_a_name_that_the_service_knows()
    {
        var rules = await service.QueryAsync<string>(
            """
            select conname::text from pg_constraint
            where connamespace = 'public'::regnamespace and contype in ('c', 'u', 'f') and conrelid <> 'schema_version'::regclass
            union
            select i.relname::text from pg_index x join pg_class i on i.oid = x.indexrelid
            where x.indisunique and not x.indisprimary and i.relnamespace = 'public'::regnamespace and x.indrelid <> 'schema_version'::regclass
            """);

        Assert.NotEmpty(rules);
        Assert.Empty(rules.Except(Known));
    }
}
