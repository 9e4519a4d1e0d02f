using FluentMigrator;

namespace Consultation.Migrations;

/// <summary>The key that opens one booking to whoever holds it. Bookings from before it have none.</summary>
[Migration(202611250900)]
public sealed class AddBookingAccessKey : Migration
{
    public override void Up() => Execute.Sql("alter table consultation_booking add column access_key text;");

    public override void Down() => Execute.Sql("alter table consultation_booking drop column access_key;");
}
