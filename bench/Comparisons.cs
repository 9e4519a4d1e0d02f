namespace Consultation.Bench;

/// <summary>What is compared, in one run.</summary>
internal static class Comparisons
{
    public static async Task Main()
    {
        await using var bench = await Bench.StartAsync();
        Console.WriteLine(bench.Description);

        await bench.CompareAsync("GET /slots: 140 slots, served from the process after one trip to Redis", "requests",
            ("health, the server's floor", bench.Health),
            ("cached", bench.CachedList),
            ("cached, If-None-Match", bench.UnchangedList),
            ("not cached (Redis away)", bench.UncachedList));

        await bench.CompareAsync("Booking, on one connection each, without HTTP", "bookings",
            ("the service's one statement", bench.BookInOneStatement),
            ("textbook transaction, 6 trips", bench.BookInATransaction),
            ("one statement with pg_notify", bench.BookWithNotify));

        await bench.CompareAsync("POST /book", "requests",
            ("booked", bench.Book),
            ("refused: already booked", bench.BookTaken));
    }
}
