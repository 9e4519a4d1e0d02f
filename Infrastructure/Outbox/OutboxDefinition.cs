using System.Data.Common;

namespace Consultation.Infrastructure.Outbox;

/// <summary>
/// What a feature tells the outbox. Its table has the columns <c>id</c>, <c>job</c>, <c>dedup_key</c> (unique), <c>attempts</c>,
/// <c>next_attempt_at</c>,
/// <c>last_error</c>, <c>queued_at</c>, <c>withdrawn_at</c>, <c>follows</c> and <c>created_at</c>, and whatever else the feature keeps in
/// it.
/// </summary>
/// <param name="Table">Its name.</param>
/// <param name="Columns">What to read beside a row, which is called <c>due</c>.</param>
/// <param name="Joins">Where that is, as joins that keep every row.</param>
/// <param name="DataOf">Makes the job's data of such a row. What it throws keeps this one row waiting.</param>
internal sealed record OutboxDefinition(string Table, string Columns, string Joins, Func<DbDataReader, string> DataOf);

/// <summary>A job whose row this process has just committed. Its data is made when it is sent, and not when there is no time to.</summary>
internal sealed record OutboxJob(string Name, string DedupKey, Func<string> MakeData);
