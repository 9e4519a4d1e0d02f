using FluentMigrator;

namespace Consultation.Migrations;

/// <summary>
/// What was cancelled, by whom and when: a booking moves here, with its slot as it was, so that its slot is free for the next one. No reference
/// to the slot, which may be moved or deleted afterwards.
/// </summary>
[Migration(202611250910)]
public sealed class CreateConsultationCancelledBooking : Migration
{
    public override void Up() => Execute.Sql("""
        create table consultation_cancelled_booking (
            id bigint constraint consultation_cancelled_booking_pk primary key,
            slot_id bigint not null,
            date date not null,
            start_time timestamptz not null,
            end_time timestamptz not null,
            customer_id text,
            name text not null,
            email text not null,
            phone text not null,
            message text,
            created_at timestamptz not null,
            contacted_at timestamptz,
            contacted_by text,
            cancelled_at timestamptz not null,
            cancelled_by text not null,
            reason text
        );

        -- staff's list, newest cancellation first
        create index consultation_cancelled_booking_cancelled_ix on consultation_cancelled_booking (cancelled_at desc, id desc);
        create index consultation_cancelled_booking_date_ix on consultation_cancelled_booking (date, cancelled_at desc, id desc);
        """);

    public override void Down() => Delete.Table("consultation_cancelled_booking");
}
