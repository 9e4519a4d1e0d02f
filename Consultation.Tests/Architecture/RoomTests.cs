using System.Text.RegularExpressions;
using Consultation.Features;
using Xunit;

namespace Consultation.Tests.Architecture;

/// <summary>The rooms of Infrastructure: their order, and what none of them may know.</summary>
public sealed partial class RoomTests
{
    private const string Infrastructure = "Consultation.Infrastructure.";

    /// <summary>From low to high. A room may use those before it and none after it; a new one is entered here, as low as it can be.</summary>
    private static readonly string[] Order =
    [
        "Configuration", "Telemetry", "Time", "Coalescing", "Json", "Errors", "OpenApi", "Http", "Auth", "Requests", "Database", "Paging",
        "Redis", "RateLimiting", "Caching", "BullMq", "Outbox", "Health", "Embedded", "Hosting",
    ];

    /// <summary>What only Features may speak of, as whole words or parts of names, in any number.</summary>
    private static readonly string[] WordsOfTheDomain = ["slot", "booking", "customer", "staff", "admin", "guest", "shop", "permission", "contacted", "(?-i:consultation_[a-z])"];

    /// <summary>What those words mean to a library that a room is about: a cluster has hash slots, and a connection may be an administrator's.</summary>
    private static readonly Dictionary<string, Regex> OtherMeanings = new() { ["Redis"] = new("slot", RegexOptions.IgnoreCase), ["BullMq"] = new("slot|AllowAdmin", RegexOptions.IgnoreCase) };

    private static readonly string Folder = Path.Combine(Sources.Root, "Infrastructure");

    private static readonly string[] Files = Directory.GetFiles(Folder, "*.cs", SearchOption.AllDirectories);

    [Fact]
    public void Every_room_is_in_the_order_and_no_file_is_loose()
    {
        Assert.True(Files.Length > 50);

        Assert.Equal(Order.Order(StringComparer.Ordinal), Directory.GetDirectories(Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Empty(Directory.GetFiles(Folder).Select(Path.GetFileName));
    }

    [Fact]
    public void No_room_looks_up_in_its_code()
    {
        var rooms = typeof(Slices).Assembly.GetTypes().Where(type => RoomOf(type.Namespace) is not null && !type.IsNested).ToList();
        Assert.True(rooms.Count > 100);
        var (references, wrong) = (0, new SortedSet<string>(StringComparer.Ordinal));
        foreach (var type in rooms)
            foreach (var used in References.Of(type))
                if (RoomOf(used.Namespace) is { } other)
                {
                    references++;
                    if (LooksUp(RoomOf(type.Namespace)!, other))
                        wrong.Add($"{type.FullName} uses {used.FullName}");
                }

        Assert.True(references > 200);
        Assert.True(wrong.Count == 0, Advice(wrong));
    }

    /// <summary>Constants leave no trace in compiled code, and comments none at all.</summary>
    [Fact]
    public void No_room_looks_up_in_its_sources()
    {
        var (references, wrong) = (0, new SortedSet<string>(StringComparer.Ordinal));
        foreach (var file in Files)
            foreach (Match named in RoomName().Matches(File.ReadAllText(file)))
            {
                references++;
                var room = RoomOfFile(file);
                if (named.Groups[1].Value != room && LooksUp(room, named.Groups[1].Value))
                    wrong.Add($"{Path.GetRelativePath(Sources.Root, file)} names {named.Value}");
            }

        Assert.True(references > 100);
        Assert.True(wrong.Count == 0, Advice(wrong));
    }

    [Fact]
    public void No_room_knows_a_word_of_what_the_service_is_for()
    {
        var word = new Regex(string.Join('|', WordsOfTheDomain), RegexOptions.IgnoreCase);
        Assert.Contains(Directory.GetFiles(Path.Combine(Sources.Root, "Features"), "*.cs", SearchOption.AllDirectories), file => word.IsMatch(File.ReadAllText(file)));

        var wrong = new List<string>();
        foreach (var file in Files)
            foreach (var (number, line) in File.ReadLines(file).Index())
                if (word.Match(OtherMeanings.GetValueOrDefault(RoomOfFile(file))?.Replace(line, "") ?? line) is { Success: true } said)
                    wrong.Add($"{Path.GetRelativePath(Sources.Root, file)}:{number + 1} says '{said.Value}': {line.Trim()}");

        Assert.True(wrong.Count == 0,
            $"Infrastructure is what any service of this kind could stand on. Say it in general words, or take it as a parameter that Features gives:\n{string.Join('\n', wrong)}");
    }

    private static bool LooksUp(string room, string other) => Array.IndexOf(Order, other) > Array.IndexOf(Order, room);

    private static string? RoomOf(string? name) =>
        name?.StartsWith(Infrastructure, StringComparison.Ordinal) == true ? name[Infrastructure.Length..].Split('.')[0] : null;

    private static string RoomOfFile(string file) => Path.GetRelativePath(Folder, file).Split(Path.DirectorySeparatorChar)[0];

    private static string Advice(IEnumerable<string> wrong) =>
        $"A room may use those below it alone ({string.Join(" < ", Order)}). Let the higher one say it to the lower one, by a parameter or a metadata that the lower one declares, "
        + $"or move what both need down:\n{string.Join('\n', wrong)}";

    [GeneratedRegex(@"Consultation\.Infrastructure\.(\w+)")]
    private static partial Regex RoomName();
}
