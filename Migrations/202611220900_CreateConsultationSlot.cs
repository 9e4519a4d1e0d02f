using FluentMigrator;
using FluentMigrator.Postgres;

namespace Consultation.Migrations;

/// <summary>Slots: one per day and start; a slot ends after it starts.</summary>
[Migration(202611220900)]
public sealed class CreateConsultationSlot : Migration
{
    public override void Up()
    {
        Create.Table("consultation_slot")
            .WithColumn("id").AsInt64().NotNullable().PrimaryKey("consultation_slot_pk").Identity(PostgresGenerationType.ByDefault)
            .WithColumn("date").AsDate().NotNullable()
            .WithColumn("start_time").AsDateTimeOffset().NotNullable()
            .WithColumn("end_time").AsDateTimeOffset().NotNullable()
            .WithColumn("is_active").AsBoolean().NotNullable().WithDefaultValue(true)
            .WithColumn("created_at").AsDateTimeOffset().NotNullable().WithDefault(SystemMethods.CurrentDateTimeOffset)
            .WithColumn("updated_at").AsDateTimeOffset().NotNullable().WithDefault(SystemMethods.CurrentDateTimeOffset);

        Execute.Sql($"""
            alter table consultation_slot
                add constraint {Constraints.SlotDateStart} unique (date, start_time),
                add constraint {Constraints.SlotTime} check (start_time < end_time);

            -- the order of both slot lists, and of the alternatives to a refused slot
            create index consultation_slot_start_ix on consultation_slot (start_time, id);
            """);
    }

    public override void Down() => Delete.Table("consultation_slot");
}
