using FluentMigrator;

namespace Consultation.Migrations;

/// <summary>The zone in which the days of the stored slots were counted, and by which rules: one row at most, none before anybody counted.</summary>
[Migration(202611251000)]
public sealed class CreateConsultationZone : Migration
{
    public override void Up() => Execute.Sql($"""
        create table consultation_zone (
            only_row boolean default true constraint consultation_zone_pk primary key
                constraint {Constraints.ZoneOnlyRow} check (only_row),
            time_zone text not null,
            rules text not null
        );
        """);

    public override void Down() => Delete.Table("consultation_zone");
}
