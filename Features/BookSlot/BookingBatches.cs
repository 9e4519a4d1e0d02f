using System.Diagnostics;
using Consultation.Infrastructure.Coalescing;
using Consultation.Infrastructure.Database;
using Consultation.Infrastructure.Telemetry;
using Npgsql;

namespace Consultation.Features.BookSlot;

/// <summary>What the database has decided about one request.</summary>
internal enum Verdict
{
    Booked,
    Replayed,
    Reused,
    NotFound,
    Inactive,
    Past,
    Taken,

    /// <summary>Another request for the slot or with the key went first, in the same statement: to be asked again.</summary>
    Outrun,

    /// <summary>The slot or the key changed hands meanwhile, or somebody holds the slot: to be asked again, alone.</summary>
    Raced,
}

/// <summary>One request on its way to the database.</summary>
internal sealed class BookingAttempt(BookSlotCommand command, string accessKey)
{
    public BookSlotCommand Command => command;

    public string AccessKey => accessKey;

    /// <summary>The request's span.</summary>
    public ActivityContext Span { get; } = Activity.Current?.Context ?? default;

    /// <summary>
    /// Whether the database has been asked, so that a request which ends before it has answered may be booked all the same.
    /// </summary>
    public bool IsUnderWay { get; set; }
}

/// <summary>The verdict, with the booking or with what is offered in its place.</summary>
internal sealed record BookingAnswer(Verdict Verdict)
{
    public static readonly BookingAnswer Raced = new(Verdict.Raced);

    public long Id { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public string? AccessKey { get; init; }
    public Slot? Slot { get; init; }
    public IReadOnlyList<Slot> Alternatives { get; init; } = [];
}

/// <summary>Requests that wait for the database at the same moment are decided and committed together; a lone one goes at once.</summary>
internal sealed class BookingBatches
{
    private const int BatchSize = 64;

    /// <summary>While one batch is being committed the next is decided.</summary>
    private const int BatchesAtOnce = 2;

    private readonly Postgres _postgres;
    private readonly ShopCalendar _time;
    private readonly Coalescer<BookingAttempt, BookingAnswer> _batches;

    public BookingBatches(Postgres postgres, ShopCalendar time)
    {
        (_postgres, _time) = (postgres, time);
        _batches = new(BookTogetherAsync, BatchSize, BatchesAtOnce);
    }

    public Task<BookingAnswer> BookAsync(BookingAttempt attempt, CancellationToken cancellationToken) => _batches.RunAsync(attempt, cancellationToken);

    public async Task<BookingAnswer> BookAloneAsync(BookingAttempt attempt, CancellationToken cancellationToken) =>
        (await _postgres.UseAsync((db, token) => AskAsync(db, BookSlotSql.BookAlone, [attempt], token), cancellationToken))[0];

    /// <summary>
    /// A statement that fails fails for all of them, whoever's fault it is. If the server says that it has undone it, each is sent to try
    /// alone, and whose fault it was finds out alone.
    /// </summary>
    private Task<IReadOnlyList<BookingAnswer>> BookTogetherAsync(IReadOnlyList<BookingAttempt> attempts) => _postgres.UseAsync<IReadOnlyList<BookingAnswer>>(
        async (db, token) =>
        {
            using var span = StartSpan(attempts);
            try
            {
                return await AskAsync(db, BookSlotSql.BookTogether, attempts, token);
            }
            catch (PostgresException failure) when (attempts.Count > 1 && IsOfOneRequest(failure))
            {
                return [.. attempts.Select(_ => BookingAnswer.Raced)];
            }
        });

    /// <summary>A batch belongs to all of its requests: it is a child of the first and names the others.</summary>
    private static Activity? StartSpan(IReadOnlyList<BookingAttempt> attempts) => !TelemetrySetup.Spans.HasListeners() ? null
        : TelemetrySetup.Spans.StartActivity(
            "BookTogether", ActivityKind.Internal, attempts[0].Span, links: attempts.Skip(1).Select(attempt => new ActivityLink(attempt.Span)));

    /// <summary>Neither the connection, the server's resources nor an operator's doing: those would fail each of them too.</summary>
    private static bool IsOfOneRequest(PostgresException failure) =>
        failure.InvariantSeverity == "ERROR" && failure.SqlState[..2] is not ("08" or "53" or "57" or "58");

    private async Task<BookingAnswer[]> AskAsync(NpgsqlConnection db, string sql, IReadOnlyList<BookingAttempt> attempts, CancellationToken cancellationToken)
    {
        foreach (var attempt in attempts)
            attempt.IsUnderWay = true;
        await using var batch = new NpgsqlBatch(db)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(Queries.ByIndexOnly),
                new NpgsqlBatchCommand(sql)
                {
                    Parameters =
                    {
                        Each(attempt => attempt.Command.SlotId!.Value),
                        Each(attempt => attempt.Command.CustomerId),
                        Each(attempt => attempt.Command.Name),
                        Each(attempt => attempt.Command.Email),
                        Each(attempt => attempt.Command.Phone),
                        Each(attempt => attempt.Command.Message),
                        Each(attempt => attempt.Command.Caller),
                        Each(attempt => attempt.Command.IdempotencyKey),
                        Each(attempt => attempt.AccessKey),
                        new NpgsqlParameter<DateTimeOffset> { TypedValue = _time.Now },
                        new NpgsqlParameter<int> { TypedValue = FieldLimits.Alternatives },
                    },
                },
            },
        };
        var answers = new BookingAnswer[attempts.Count];
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            await reader.NextResultAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                var n = (int)reader.GetInt64(0) - 1;
                answers[n] = Read(reader, attempts[n]);
            }
        }
        for (var n = 0; n < answers.Length; n++)
            answers[n] ??= new BookingAnswer(Verdict.NotFound);
        return answers;

        NpgsqlParameter<T[]> Each<T>(Func<BookingAttempt, T> value)
        {
            var values = new T[attempts.Count];
            for (var i = 0; i < values.Length; i++)
                values[i] = value(attempts[i]);
            return new NpgsqlParameter<T[]> { TypedValue = values };
        }
    }

    private static BookingAnswer Read(NpgsqlDataReader row, BookingAttempt attempt)
    {
        const int Id = 2, CreatedAt = 3, AccessKey = 4, Date = 5, Start = 6, End = 7, Ids = 8, Dates = 9, Starts = 10, Ends = 11;
        var answer = new BookingAnswer(VerdictOf(row.GetString(1)));
        if (!row.IsDBNull(Id))
            return answer with
            {
                Id = row.GetInt64(Id),
                CreatedAt = row.GetFieldValue<DateTimeOffset>(CreatedAt),
                AccessKey = answer.Verdict == Verdict.Booked ? attempt.AccessKey : row.IsDBNull(AccessKey) ? null : row.GetString(AccessKey),
                Slot = new Slot
                {
                    Id = attempt.Command.SlotId!.Value,
                    Date = row.GetFieldValue<DateOnly>(Date),
                    StartTime = row.GetFieldValue<DateTimeOffset>(Start),
                    EndTime = row.GetFieldValue<DateTimeOffset>(End),
                },
            };
        if (row.IsDBNull(Ids))
            return answer;

        var (ids, dates) = (row.GetFieldValue<long[]>(Ids), row.GetFieldValue<DateOnly[]>(Dates));
        var (starts, ends) = (row.GetFieldValue<DateTimeOffset[]>(Starts), row.GetFieldValue<DateTimeOffset[]>(Ends));
        return answer with { Alternatives = [.. ids.Select((id, i) => new Slot { Id = id, Date = dates[i], StartTime = starts[i], EndTime = ends[i] })] };
    }

    private static Verdict VerdictOf(string verdict) => verdict switch
    {
        "booked" => Verdict.Booked,
        "replayed" => Verdict.Replayed,
        "reused" => Verdict.Reused,
        "inactive" => Verdict.Inactive,
        "past" => Verdict.Past,
        "taken" => Verdict.Taken,
        "outrun" => Verdict.Outrun,
        "raced" => Verdict.Raced,
        _ => throw new InvalidOperationException($"The database has decided '{verdict}'."),
    };
}
