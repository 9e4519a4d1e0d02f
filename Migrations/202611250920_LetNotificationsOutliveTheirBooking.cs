using FluentMigrator;

namespace Consultation.Migrations;

/// <summary>
/// Jobs of a cancelled booking. Its confirmation stays to tell whether it reached the queue; when it did not, it is withdrawn. The job that tells of
/// the cancellation <c>follows</c> the confirmation: it is sent only if that one was. The version before passes over both, since it joins bookings.
/// </summary>
[Migration(202611250920)]
public sealed class LetNotificationsOutliveTheirBooking : Migration
{
    public override void Up() => Execute.Sql("""
        alter table notification_outbox
            drop constraint notification_outbox_booking_fk,
            add column template text not null default 'consultation.booking_created',
            add column withdrawn_at timestamptz,
            add column follows text;

        create index notification_outbox_follows_ix on notification_outbox (follows) where follows is not null;
        """);

    public override void Down() => Execute.Sql("""
        delete from notification_outbox o where not exists (select from consultation_booking b where b.id = o.booking_id);
        alter table notification_outbox
            drop column follows,
            drop column withdrawn_at,
            drop column template,
            add constraint notification_outbox_booking_fk foreign key (booking_id) references consultation_booking (id) on delete restrict;
        """);
}
