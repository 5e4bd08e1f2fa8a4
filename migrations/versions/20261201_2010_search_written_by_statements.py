"""What new records are found by is written once a statement, not once a row."""

from typing import Final

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

# of signs of ASCII all that `folded_text` does is to make them small
NUMBER_PARTS: Final = r"""
    CREATE OR REPLACE FUNCTION number_parts(numbers text[]) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    declare
      number text;
      folded text;
      parts text[];
      found text := '';
    begin
      foreach number in array coalesce(numbers[1:200], '{{}}') loop
        continue when number is null;
        folded := {folded};
        if folded COLLATE "C" ~ '^[a-z0-9]+$' then
          found := found || '//' || left(folded, 64);
          continue;
        end if;
        parts := array_remove(regexp_split_to_array(folded COLLATE "pg_unicode_fast", '[^[:alnum:]]+'), '');
        for at in 1 .. least(cardinality(parts), 40) loop
          found := found || case at when 1 then '//' else '/' end || left(array_to_string(parts[at:], ''), 64);
        end loop;
      end loop;
      return found;
    end
    $$
"""
QUICKLY: Final = """case when number COLLATE "C" ~ '^[ -~]*$' then lower(number COLLATE "C")
                       else public.folded_text(number) end"""
ALWAYS: Final = "public.folded_text(number)"

ADDED: Final = r"""
    CREATE FUNCTION index_added_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
    begin
      with found as materialized (
        select one.dealer_id, one.{identity} as record_id, {owner} as owner_id,
               public.record_terms(one.dealer_id || '{scope}', {words}, '{{}}') as words, {numbers} as numbers
          from added as one {condition}
      ), described as (
        insert into public.record_search as s (dealer_id, kind, record_id, owner_id, words, numbers)
        select dealer_id, '{table}', record_id, owner_id, words, numbers from found
        on conflict (dealer_id, kind, record_id)
        do update set owner_id = excluded.owner_id, words = excluded.words, numbers = excluded.numbers
         where (s.owner_id, s.words, s.numbers) is distinct from (excluded.owner_id, excluded.words, excluded.numbers)
      )
      insert into public.search_number (dealer_id, term, record_id)
      select dealer_id, term, record_id from found cross join unnest(public.number_ends('{scope}', numbers)) as term;
      return null;
    end
    $$
"""
_ADDRESSES: Final = """
    ARRAY(SELECT DISTINCT way ->> 'address' FROM jsonb_path_query(one.record, '$.channels[*]') AS way
           WHERE way ->> 'kind' {among} ('sms', 'whatsapp', 'telephone'))
"""
INDEXED: Final = {
    "customer": {
        "identity": "customer_id",
        "scope": "/",
        "owner": "one.customer_id",
        "words": f"array_prepend(one.record ->> 'name', {_ADDRESSES.format(among='NOT IN')})",
        "numbers": f"public.number_parts(array_prepend(one.customer_id, {_ADDRESSES.format(among='IN')}))",
        "condition": "where one.merged_into is null",
    },
    "vehicle": {
        "identity": "vin",
        "scope": "|",
        "owner": "one.record ->> 'customer_id'",
        "words": "ARRAY[one.record ->> 'model']",
        "numbers": "public.number_parts(ARRAY[one.vin, one.record ->> 'plate'])"
        " || '#' || public.number_parts(ARRAY[one.record ->> 'customer_id'])",
        "condition": "",
    },
    "appointment": {
        "identity": "appointment_id",
        "scope": "!",
        "owner": "null",
        "words": "ARRAY[one.record ->> 'kind']",
        "numbers": "public.number_parts(ARRAY[one.appointment_id, one.record ->> 'customer_id', one.record ->> 'vin'])",
        "condition": "",
    },
    "customer_order": {
        "identity": "order_id",
        "scope": "+",
        "owner": "null",
        "words": "ARRAY[one.record ->> 'kind', one.record ->> 'status']",
        "numbers": "public.number_parts(ARRAY[one.order_id, one.record ->> 'customer_id', one.record ->> 'vin'])",
        "condition": "",
    },
}


def upgrade() -> None:
    """The triggers of rows stay for what is changed or deleted."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    execute = op.get_bind().exec_driver_sql
    execute(NUMBER_PARTS.format(folded=QUICKLY))
    for table, parts in INDEXED.items():
        execute(ADDED.format(table=table, **parts))
        execute(f"DROP TRIGGER index_written ON {table}")
        execute(f"CREATE TRIGGER index_deleted AFTER DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION index_{table}()")
        execute(
            f"CREATE TRIGGER index_added AFTER INSERT ON {table} REFERENCING NEW TABLE AS added"
            f" FOR EACH STATEMENT EXECUTE FUNCTION index_added_{table}()"
        )


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    execute = op.get_bind().exec_driver_sql
    execute(NUMBER_PARTS.format(folded=ALWAYS))
    for table in INDEXED:
        execute(f"DROP TRIGGER index_added ON {table}")
        execute(f"DROP TRIGGER index_deleted ON {table}")
        execute(f"DROP FUNCTION index_added_{table}()")
        execute(
            f"CREATE TRIGGER index_written AFTER INSERT OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION index_{table}()"
        )
