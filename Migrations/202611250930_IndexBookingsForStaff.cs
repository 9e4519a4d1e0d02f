using FluentMigrator;

namespace Consultation.Migrations;

/// <summary>
/// What makes staff's lists fast however many bookings there are: the pending and the contacted ones in the order of their list, and a text to search in,
/// upper case by Unicode's rules whatever the database's locale. Where the role may create the extension pg_trgm, or it is there, the search
/// has an index; without it a search reads all bookings.
/// </summary>
[Migration(202611250930)]
public sealed class IndexBookingsForStaff : Migration
{
    public override void Up() => Execute.Sql("""
        create index consultation_booking_status_ix on consultation_booking (status, created_at desc, id desc);

        do $migration$
        begin
            if exists (select from pg_collation where collname = 'und-x-icu' and pg_collation_is_visible(oid)) then
                create function consultation_search_text(plain text) returns text language sql immutable strict parallel safe
                    as $$ select upper(plain collate "und-x-icu") $$;
            else -- built without ICU: the letters that the database's locale knows
                create function consultation_search_text(plain text) returns text language sql immutable strict parallel safe
                    as $$ select upper(plain) $$;
            end if;
        end
        $migration$;

        alter table consultation_booking
            add column search_text text generated always as (consultation_search_text(name || chr(10) || email || chr(10) || phone)) stored;

        do $migration$
        declare
            home text;
        begin
            begin
                create extension if not exists pg_trgm;
            exception when insufficient_privilege or undefined_file or feature_not_supported or invalid_schema_name then
                raise notice 'pg_trgm cannot be created (%), so searches have no index', sqlerrm;
            end;
            select n.nspname into home from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm';
            if home is not null and has_schema_privilege(home, 'usage') then
                execute format('create index consultation_booking_search_ix on consultation_booking using gin (search_text %I.gin_trgm_ops)', home);
            end if;
        end
        $migration$;
        """);

    public override void Down() => Execute.Sql("""
        alter table consultation_booking drop column search_text;
        drop function consultation_search_text;
        drop index consultation_booking_status_ix;
        """);
}
