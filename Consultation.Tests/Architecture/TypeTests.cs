using System.Reflection;
using System.Runtime.CompilerServices;
using Consultation.Features;
using FluentMigrator;
using Xunit;

namespace Consultation.Tests.Architecture;

public sealed class TypeTests
{
    /// <summary>Types as they are written, without those that the compiler makes.</summary>
    private static readonly Type[] Written = [.. typeof(Slices).Assembly.GetTypes()
        .Where(type => (type.Namespace ?? "").StartsWith("Consultation", StringComparison.Ordinal)
            && !type.FullName!.Contains('<', StringComparison.Ordinal)
            && !type.IsDefined(typeof(CompilerGeneratedAttribute)))];

    [Fact]
    public void Nothing_is_public_but_migrations_which_their_runner_has_to_find()
    {
        Assert.True(Written.Length > 100);
        var open = Written.Where(type => type.IsPublic).ToList();

        Assert.NotEmpty(open);
        Assert.All(open, type => Assert.True(typeof(IMigration).IsAssignableFrom(type), type.FullName));
    }

    [Fact]
    public void A_class_is_sealed_unless_another_builds_on_it_or_it_is_abstract_or_static()
    {
        var classes = Written.Where(type => type.IsClass).ToList();
        Assert.True(classes.Count > 100);

        Assert.Empty(classes
            .Where(type => type is { IsSealed: false, IsAbstract: false } && !classes.Exists(other => other.BaseType == type))
            .Select(type => type.FullName));
    }

    [Fact]
    public void An_interface_is_there_for_more_than_one_class()
    {
        var contracts = Written.Where(type => type is { IsInterface: true, IsGenericType: false }).ToList();
        Assert.NotEmpty(contracts);

        Assert.All(contracts, contract => Assert.True(Written.Count(type => !type.IsAbstract && contract.IsAssignableFrom(type)) > 1, contract.FullName));
    }

    [Fact]
    public void Every_migration_has_a_version_of_its_own_and_a_way_back()
    {
        var migrations = Written.Where(type => typeof(IMigration).IsAssignableFrom(type) && !type.IsAbstract).ToList();
        Assert.NotEmpty(migrations);

        Assert.Equal(migrations.Count, migrations.Select(type => type.GetCustomAttribute<MigrationAttribute>()!.Version).Distinct().Count());
        Assert.All(migrations, type => Assert.Equal(type, type.GetMethod("Down")!.DeclaringType));
    }
}
