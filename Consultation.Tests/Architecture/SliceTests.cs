using System.Reflection;
using System.Text.RegularExpressions;
using Consultation.Features;
using Consultation.Infrastructure.Requests;
using FluentValidation;
using Xunit;

namespace Consultation.Tests.Architecture;

/// <summary>What makes a slice a slice. Each rule first asserts that it has found what it speaks of.</summary>
public sealed partial class SliceTests
{
    private static readonly Assembly Product = typeof(Slices).Assembly;

    /// <summary>Folders of Features that are no slices: what bookings owe to the queue, and the development run's page.</summary>
    private static readonly string[] NoSlices = ["BookingNotifications", "Demo"];

    private static readonly string[] Names = [.. Product.GetTypes()
        .Select(type => FeatureNamespace().Match(type.Namespace ?? ""))
        .Where(match => match.Success).Select(match => match.Groups[1].Value).Distinct().Except(NoSlices).Order()];

    [Fact]
    public void The_slices_are_those_of_the_contract() =>
        Assert.Equal(
            [
                "BookSlot", "BulkDeleteSlots", "BulkGenerateSlots", "BulkSwitchSlots", "CancelBooking", "CancelMyBooking", "CreateSlot", "DeleteSlot", "GetBooking", "GetMyBooking", "GetSlot",
                "ListMyBookings", "ListSlots", "MarkContacted", "SearchBookings", "SearchCancelledBookings", "SearchSlots", "UpdateSlot",
            ],
            Names);

    [Fact]
    public void Every_slice_has_an_endpoint_a_message_with_its_validator_a_handler_and_its_sql()
    {
        Assert.NotEmpty(Names);
        foreach (var slice in Names)
        {
            var types = TypesOf(slice).Select(type => type.Name).ToHashSet();
            Assert.Superset(new HashSet<string> { $"{slice}Endpoint", $"{slice}Handler", $"{slice}Sql", $"{slice}Validator" }, types);
            Assert.True(types.Contains($"{slice}Command") ^ types.Contains($"{slice}Query"), slice);
        }
    }

    [Fact]
    public void Every_slice_is_a_folder_of_files_of_the_same_names()
    {
        Assert.Equal(Names, Directory.GetDirectories(Source("Features")).Select(Path.GetFileName).Except(NoSlices).Order());
        foreach (var slice in Names)
            Assert.Superset(
                new HashSet<string?> { $"{slice}Endpoint.cs", $"{slice}.cs", $"{slice}Handler.cs", $"{slice}Sql.cs" },
                Directory.GetFiles(Source("Features", slice)).Select(Path.GetFileName).ToHashSet());
    }

    [Fact]
    public void Every_message_has_one_validator_which_is_in_its_slice()
    {
        var messages = Product.GetTypes().Where(type => !type.IsAbstract && typeof(IBoundRequest).IsAssignableFrom(type)).ToList();
        Assert.Equal(Names.Length, messages.Count);
        foreach (var message in messages)
        {
            var validator = Assert.Single(Product.GetTypes(), type => !type.IsAbstract && typeof(IValidator<>).MakeGenericType(message).IsAssignableFrom(type));
            Assert.Equal(message.Namespace, validator.Namespace);
        }
    }

    [Fact]
    public void Every_slice_is_mapped_in_the_index()
    {
        Assert.NotEmpty(Names);
        var index = File.ReadAllText(Source("Features", "Slices.cs"));
        Assert.All(Names, slice => Assert.Contains($"{slice}Endpoint.Map(", index, StringComparison.Ordinal));
    }

    [Fact]
    public void No_slice_refers_to_another()
    {
        var references = 0;
        foreach (var slice in Names)
        {
            var others = Names.Except([slice]).Select(other => $"Consultation.Features.{other}").ToHashSet();
            foreach (var used in TypesOf(slice).SelectMany(References.Of))
            {
                references++;
                Assert.False(others.Contains(used.Namespace ?? ""), $"{slice} refers to {used.FullName}");
            }
        }
        Assert.True(references > 500);
        // the index may, and is seen to: code is read indeed
        Assert.Contains(References.Of(typeof(Slices)), used => used.Name == "BookSlotEndpoint");
    }

    [Fact]
    public void Nothing_that_the_service_stands_on_knows_what_it_does()
    {
        var infrastructure = Product.GetTypes().Where(type => (type.Namespace ?? "").StartsWith("Consultation.Infrastructure", StringComparison.Ordinal)).ToList();
        Assert.True(infrastructure.Count > 50);
        foreach (var type in infrastructure)
            foreach (var used in References.Of(type))
                Assert.False((used.Namespace ?? "").StartsWith("Consultation.Features", StringComparison.Ordinal), $"{type.FullName} refers to {used.FullName}");
    }

    [Fact]
    public void The_sources_hold_to_it_too_since_constants_leave_no_trace_in_compiled_code()
    {
        var infrastructure = Directory.GetFiles(Source("Infrastructure"), "*.cs", SearchOption.AllDirectories);
        Assert.True(infrastructure.Length > 30);
        Assert.All(infrastructure, file => Assert.DoesNotContain("Consultation.Features", File.ReadAllText(file), StringComparison.Ordinal));

        foreach (var slice in Names)
            foreach (var file in Directory.GetFiles(Source("Features", slice), "*.cs"))
                foreach (var other in Names.Except([slice]))
                    Assert.DoesNotMatch($@"\bFeatures\.{other}\b|\b{other}(Endpoint|Sql|Handler|Validator|Command|Query)\b", File.ReadAllText(file));
    }

    [Fact]
    public void No_folder_is_a_drawer()
    {
        string[] drawers = ["Common", "Shared", "Helpers", "Utils", "Services", "Models", "Dtos"];
        string[] roots = [Source("Features"), Source("Infrastructure"), Source("Migrations"), Source("Consultation.Tests", "Features"), Source("Consultation.Tests", "Infrastructure")];
        var folders = roots.SelectMany(root => Directory.GetDirectories(root, "*", SearchOption.AllDirectories)).Select(Path.GetFileName).ToList();

        Assert.True(folders.Count > 20);
        Assert.Empty(folders.Intersect(drawers));
    }

    private static IEnumerable<Type> TypesOf(string slice) =>
        Product.GetTypes().Where(type => type.Namespace == $"Consultation.Features.{slice}" && !type.IsNested);

    private static string Source(params string[] path) => Path.Combine([Sources.Root, .. path]);

    [GeneratedRegex(@"\AConsultation\.Features\.(\w+)\z")]
    private static partial Regex FeatureNamespace();
}
