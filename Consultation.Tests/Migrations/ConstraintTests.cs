using System.Reflection;
using Consultation.Migrations;
using Consultation.Tests.Support;
using Npgsql;
using Xunit;

namespace Consultation.Tests.Migrations;

/// <summary>What the database forbids by itself, whatever the service in front of it does.</summary>
public sealed class ConstraintTests(Service service) : IClassFixture<Service>, IAsyncLifetime
{
    private const string Slot = "insert into consultation_slot (date, start_time, end_time) values ('2031-05-06', '2031-05-06T09:00Z', '2031-05-06T09:30Z')";

    private const string Booking = "insert into consultation_booking (slot_id, name, email, phone) values (1, 'Ada', 'ada@example.org', '12345')";

    private const string Job =
        "insert into notification_outbox (booking_id, job, dedup_key, next_attempt_at, created_at) values (1, 'notification.send_email', 'key', now(), now())";

    public async ValueTask InitializeAsync() => await service.ResetAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task The_defaults_are_active_pending_and_now()
    {
        await service.ExecuteAsync($"{Slot}; {Booking}; {Job}");

        Assert.True(await service.ScalarAsync<bool>(
            """
            select s.is_active and b.status = 'pending' and b.contacted_at is null and o.attempts = 0 and o.queued_at is null
                and s.created_at = s.updated_at and b.created_at = b.updated_at and now() - s.created_at < interval '1 minute'
            from consultation_slot s join consultation_booking b on b.slot_id = s.id join notification_outbox o on o.booking_id = b.id
            """));
    }

    [Fact]
    public async Task One_date_has_one_slot_of_a_start()
    {
        await service.ExecuteAsync(Slot);

        await Forbidden(PostgresErrorCodes.UniqueViolation, "consultation_slot_date_start_uq", Slot);
        await service.ExecuteAsync(Slot.Replace("('2031-05-06'", "('2031-05-07'", StringComparison.Ordinal));
        await service.ExecuteAsync(Slot.Replace("09:00Z", "09:01Z", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("09:00Z")]
    [InlineData("08:59Z")]
    [InlineData("10:00+01:00")]
    public async Task A_slot_ends_after_it_starts(string end)
    {
        await Forbidden(PostgresErrorCodes.CheckViolation, "consultation_slot_time_check", Slot.Replace("09:30Z", end, StringComparison.Ordinal));

        await service.ExecuteAsync(Slot);
        await Forbidden(PostgresErrorCodes.CheckViolation, "consultation_slot_time_check", $"update consultation_slot set end_time = '2031-05-06T{end}'");
    }

    [Fact]
    public async Task One_slot_has_one_booking()
    {
        await service.ExecuteAsync($"{Slot}; {Booking}");

        await Forbidden(PostgresErrorCodes.UniqueViolation, "consultation_booking_slot_uq", Booking);
    }

    [Fact]
    public async Task A_booking_has_a_slot_that_exists()
    {
        await Forbidden(PostgresErrorCodes.ForeignKeyViolation, "consultation_booking_slot_fk", Booking);
        await service.ExecuteAsync(Slot);
        await Forbidden(PostgresErrorCodes.NotNullViolation, null, Booking.Replace("(1,", "(null,", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("consultation_booking_slot_fk", "consultation_slot")]
    public async Task What_something_refers_to_cannot_be_deleted(string constraint, string table)
    {
        await service.ExecuteAsync($"{Slot}; {Booking}; {Job}");

        // PostgreSQL 18 has a code of its own for RESTRICT; the catalogue tells it from NO ACTION in every version.
        var refused = await Assert.ThrowsAsync<PostgresException>(() => service.ExecuteAsync($"delete from {table}"));
        Assert.Contains(refused.SqlState, new[] { PostgresErrorCodes.RestrictViolation, PostgresErrorCodes.ForeignKeyViolation });
        Assert.Equal(constraint, refused.ConstraintName);
        Assert.Equal("r", await service.ScalarAsync<string>("select confdeltype::text from pg_constraint where conname = @constraint", new { constraint }));
    }

    [Theory]
    [InlineData("name", "consultation_booking_name_ck")]
    [InlineData("email", "consultation_booking_email_ck")]
    [InlineData("phone", "consultation_booking_phone_ck")]
    public async Task A_contact_is_there_and_not_blank(string column, string constraint)
    {
        await service.ExecuteAsync($"{Slot}; {Booking}");

        foreach (var blank in new[] { "''", "' '", @"E' \t\r\n'", @"E'\u00a0\u0085\u2007\u202f\u3000'" })
            await Forbidden(PostgresErrorCodes.CheckViolation, constraint, $"update consultation_booking set {column} = {blank}");
        await Forbidden(PostgresErrorCodes.NotNullViolation, null, $"update consultation_booking set {column} = null");
        await service.ExecuteAsync($"update consultation_booking set {column} = ' x '");
    }

    [Fact]
    public async Task Contacted_means_that_there_is_a_time_and_pending_that_there_is_none()
    {
        await service.ExecuteAsync($"{Slot}; {Booking}");

        await Forbidden(PostgresErrorCodes.CheckViolation, "consultation_booking_contacted_state_ck", "update consultation_booking set status = 'contacted'");
        await Forbidden(PostgresErrorCodes.CheckViolation, "consultation_booking_contacted_state_ck", "update consultation_booking set contacted_at = now()");
        await service.ExecuteAsync("update consultation_booking set status = 'contacted', contacted_at = now()");
        await Forbidden(PostgresErrorCodes.CheckViolation, "consultation_booking_contacted_state_ck", "update consultation_booking set status = 'pending'");
        await Forbidden(PostgresErrorCodes.CheckViolation, "consultation_booking_contacted_state_ck", "update consultation_booking set contacted_at = null");
    }

    [Fact]
    public async Task A_booking_has_no_other_state()
    {
        await service.ExecuteAsync($"{Slot}; {Booking}");

        await Forbidden(PostgresErrorCodes.InvalidTextRepresentation, null, "update consultation_booking set status = 'cancelled'");
        Assert.Equal(["pending", "contacted"], await service.QueryAsync<string>("select unnest(enum_range(null::consultation_booking_status))::text"));
    }

    [Fact]
    public async Task A_caller_uses_an_idempotency_key_for_one_booking()
    {
        await service.ExecuteAsync($"{Slot}; {Slot.Replace("09:00Z", "09:01Z", StringComparison.Ordinal)}; {Slot.Replace("09:00Z", "09:02Z", StringComparison.Ordinal)}");
        await service.ExecuteAsync($"{Booking}; {Booking.Replace("(1,", "(2,", StringComparison.Ordinal)}; {Booking.Replace("(1,", "(3,", StringComparison.Ordinal)}");
        await service.ExecuteAsync("update consultation_booking set idempotency_caller = '', idempotency_key = 'key' where id = 1");

        await Forbidden(
            PostgresErrorCodes.UniqueViolation, "consultation_booking_idempotency_uq", "update consultation_booking set idempotency_caller = '', idempotency_key = 'key' where id = 2");
        await service.ExecuteAsync("update consultation_booking set idempotency_caller = '', idempotency_key = 'other' where id = 2");
        await service.ExecuteAsync("update consultation_booking set idempotency_caller = 'somebody', idempotency_key = 'key' where id = 3");
        await service.ExecuteAsync("update consultation_booking set idempotency_caller = '', idempotency_key = null");
    }

    [Fact]
    public async Task A_dedup_key_is_in_the_outbox_once()
    {
        await service.ExecuteAsync($"{Slot}; {Booking}; {Job}");

        await Forbidden(PostgresErrorCodes.UniqueViolation, "notification_outbox_dedup_key_uq", Job);
    }

    [Fact]
    public async Task Every_name_that_the_service_matches_is_one_the_database_says()
    {
        var matched = typeof(Constraints).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!).ToList();

        Assert.NotEmpty(matched);
        Assert.Empty(matched.Except(await service.QueryAsync<string>("select conname::text from pg_constraint union select indexrelid::regclass::text from pg_index where indisunique")));
    }

    [Fact]
    public async Task Columns_have_the_types_that_were_promised() =>
        Assert.Equal(
            [
                "consultation_booking.access_key text null",
                "consultation_booking.contacted_at timestamp with time zone null",
                "consultation_booking.contacted_by text null",
                "consultation_booking.created_at timestamp with time zone",
                "consultation_booking.customer_id text null",
                "consultation_booking.email text",
                "consultation_booking.id bigint",
                "consultation_booking.idempotency_caller text null",
                "consultation_booking.idempotency_key text null",
                "consultation_booking.message text null",
                "consultation_booking.name text",
                "consultation_booking.phone text",
                "consultation_booking.search_text text null",
                "consultation_booking.slot_id bigint",
                "consultation_booking.status consultation_booking_status",
                "consultation_booking.updated_at timestamp with time zone",
                "consultation_slot.created_at timestamp with time zone",
                "consultation_slot.date date",
                "consultation_slot.end_time timestamp with time zone",
                "consultation_slot.id bigint",
                "consultation_slot.is_active boolean",
                "consultation_slot.start_time timestamp with time zone",
                "consultation_slot.updated_at timestamp with time zone",
            ],
            await service.QueryAsync<string>(
                """
                select table_name || '.' || column_name || ' ' || case data_type when 'USER-DEFINED' then udt_name else data_type end
                    || case is_nullable when 'YES' then ' null' else '' end
                from information_schema.columns
                where table_schema = 'public' and table_name in ('consultation_slot', 'consultation_booking')
                order by (table_name || '.' || column_name) collate "C"
                """));

    /// <param name="sqlState">What kind of rule was broken.</param>
    /// <param name="constraint">Which one; null where the rule has no name.</param>
    /// <param name="sql">What breaks it.</param>
    private async Task Forbidden(string sqlState, string? constraint, string sql)
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => service.ExecuteAsync(sql));
        Assert.Equal((sqlState, constraint), (refused.SqlState, refused.ConstraintName));
    }
}
