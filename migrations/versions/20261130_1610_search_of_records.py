"""Find customers, vehicles, appointments and orders by what people type, however many there are."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

POLICY = """
    (select current_setting('app.dealers', true)) = '*'
    or dealer_id in (select unnest(string_to_array(current_setting('app.dealers', true), ',')))
"""

FUNCTIONS = {
    # by eye: without accents, case and other forms of a letter; each ideograph is a word
    "folded_text(text)": r"""
    CREATE FUNCTION folded_text(written text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
      regexp_replace(
        translate(
          regexp_replace(
            casefold(normalize(written, NFKD) COLLATE "pg_unicode_fast"),
            '[\u00ad\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\ufe00-\ufe2f\ufeff]',
            '', 'g'),
          'łøđħŧı', 'lodhti'),
        '([\u3400-\u9fff\uf900-\ufaff])', ' \1 ', 'g')
    """,
    # terms: each word; with "=" before it a word with all that follows, for what is typed without the blanks between;
    # with "-" the ends of numbers, plates and VINs, for what is typed of their middle in four signs and more
    "record_terms(text, text[], text[])": r"""
    CREATE FUNCTION record_terms(scope text, words text[], numbers text[])
    RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    declare
      written text[] := string_to_array(
        public.folded_text(array_to_string(numbers || words, chr(31), '')) COLLATE "pg_unicode_fast", chr(31));
      terms text[] := '{}';
      chunk text;
      parts text[];
      joined text;
    begin
      for field in 1 .. least(cardinality(written), 200) loop
        foreach chunk in array (regexp_split_to_array(written[field] COLLATE "pg_unicode_fast", '\s+'))[1:40] loop
          parts := regexp_split_to_array(chunk COLLATE "pg_unicode_fast", '[^[:alnum:]]+');
          if cardinality(parts) > 1 and chunk !~ '@' then
            parts := array_append(parts, array_to_string(parts, ''));
          end if;
          foreach joined in array parts loop
            terms := terms || (scope || left(joined, 40));
          end loop;
        end loop;
        parts := (regexp_split_to_array(written[field] COLLATE "pg_unicode_fast", '[^[:alnum:]]+'))[1:40];
        joined := '';
        for at in reverse cardinality(parts) .. 1 loop
          if parts[at] <> '' then
            if joined <> '' then
              terms := terms || (scope || '=' || left(parts[at] || joined, 40));
            end if;
            joined := left(parts[at] || joined, 64);
          end if;
        end loop;
        if field <= cardinality(numbers) then
          terms := terms || (scope || left(joined, 40));
          for at in 2 .. length(joined) - 3 loop
            terms := terms || (scope || '-' || substr(joined, at, 40));
          end loop;
        end if;
      end loop;
      return array_to_tsvector(array_remove(terms, scope));
    end
    $$
    """,
    "customer_terms(text, text, jsonb)": r"""
    CREATE FUNCTION customer_terms(dealer_id text, customer_id text, record jsonb)
    RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN record_terms(
      dealer_id || '/',
      array_prepend(record ->> 'name',
        ARRAY(SELECT way ->> 'address' FROM jsonb_path_query(record, '$.channels[*]') AS way
               WHERE way ->> 'kind' NOT IN ('sms', 'whatsapp', 'telephone'))),
      array_prepend(customer_id,
        ARRAY(SELECT DISTINCT way ->> 'address' FROM jsonb_path_query(record, '$.channels[*]') AS way
               WHERE way ->> 'kind' IN ('sms', 'whatsapp', 'telephone'))))
    """,
    # plate and VIN in the scope of the customer too, whom they find
    "vehicle_terms(text, text, jsonb)": r"""
    CREATE FUNCTION vehicle_terms(dealer_id text, vin text, record jsonb)
    RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
      record_terms(dealer_id || '/', '{}', ARRAY[vin, record ->> 'plate'])
      || record_terms(dealer_id || '|', ARRAY[record ->> 'model'], ARRAY[record ->> 'customer_id'])
    """,
    "appointment_terms(text, text, jsonb)": r"""
    CREATE FUNCTION appointment_terms(dealer_id text, appointment_id text, record jsonb)
    RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN record_terms(
      dealer_id || '!', ARRAY[record ->> 'kind'], ARRAY[appointment_id, record ->> 'customer_id', record ->> 'vin'])
    """,
    "customer_order_terms(text, text, jsonb)": r"""
    CREATE FUNCTION customer_order_terms(dealer_id text, order_id text, record jsonb)
    RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN record_terms(
      dealer_id || '+',
      ARRAY[record ->> 'kind', record ->> 'status'],
      ARRAY[order_id, record ->> 'customer_id', record ->> 'vin'])
    """,
    # what stands between blanks, with a point for what else stands between its letters
    "search_words(text)": r"""
    CREATE FUNCTION search_words(written text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
      array_remove(ARRAY(
        SELECT trim('.' from regexp_replace(word COLLATE "pg_unicode_fast", '[^[:alnum:]]+', '.', 'g'))
          FROM regexp_split_to_table(folded_text(written) COLLATE "pg_unicode_fast", '\s+') AS word
      ), '')
    """,
    "search_terms(text[], text[], text)": r"""
    CREATE FUNCTION search_terms(scopes text[], words text[], joined text) RETURNS text LANGUAGE sql IMMUTABLE
    PARALLEL SAFE RETURN
      (SELECT string_agg('(' || (
                SELECT string_agg(quote_literal(scope || place || left(replace(word, '.', ''), 40)) || ':*', '|')
                  FROM unnest(scopes) AS scope, unnest(ARRAY['', '-', '=']) AS place
                 WHERE place = '' OR place = '-' AND length(replace(word, '.', '')) >= 4
                    OR place = '=' AND (word LIKE '%.%' OR length(word) >= 8)
              ) || ')', joined)
         FROM unnest(words) AS word)
    """,
    # what is typed as one word, word by word (those of so many signs, or the longest), or as a number it can be read
    # as; each from the beginning of a term
    "search_query(text[], text, text[], integer)": r"""
    CREATE FUNCTION search_query(scopes text[], written text, numbers text[], least_signs integer)
    RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    declare
      words text[] := public.search_words(written);
      whole text := array_to_string(words, '.');
      longest integer := (select max(length(word)) from unnest(words) as word);
      apart text[] := ARRAY(select word from unnest(words) as word where length(word) >= least(least_signs, longest));
    begin
      return concat_ws('|',
        case when cardinality(words) > 1 then public.search_terms(scopes, ARRAY[whole], '&') end,
        case when cardinality(words) < 2 or whole ~ '[^0-9.]' then public.search_terms(scopes, apart, '&') end,
        public.search_terms(scopes, numbers, '|'))::tsquery;
    end
    $$
    """,
    "terms_of_all(tsvector)": r"""
    CREATE AGGREGATE terms_of_all(tsvector) (SFUNC = tsvector_concat, STYPE = tsvector, INITCOND = '')
    """,
    # row-level security keeps an index on terms from being used, for its operator might tell of rows it reads: the
    # index is read here, behind the same wall, and the terms hold the dealer's id. What is very frequent is found
    # among the next hundreds, what is rare by the index of terms, what lies between on the way. Words of a customer
    # may stand on several rows, for those of the vehicles tell of the owner too: the owners of a word that few have
    # are looked at whole.
    "find_records(text, text, text, text[], text, integer)": r"""
    CREATE FUNCTION find_records(which text, dealer text, written text, numbers text[], after text, most integer)
    RETURNS SETOF text LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50 SET search_path = public, pg_temp
    SET enable_seqscan = off SET enable_hashagg = off AS $$
    declare
      id text := case which when 'customer' then 'owner_id' else 'record_id' end;
      mine text := case which when 'customer' then 'owner_id > $2' else 'kind = $6 and record_id > $2' end;
      scopes text[] := case which when 'customer' then ARRAY[dealer || '/']
        when 'vehicle' then ARRAY[dealer || '/', dealer || '|'] when 'appointment' then ARRAY[dealer || '!']
        when 'customer_order' then ARRAY[dealer || '+'] end;
      words text[] := search_words(written);
      wanted tsquery := search_query(scopes, written, numbers, 1);
      strong tsquery := search_query(scopes, written, numbers, 3);
      found text[];
      hits integer;
      few text[] := '{}';
      word text;
    begin
      if not (current_setting('app.dealers', true) = '*'
          or dealer = any(string_to_array(current_setting('app.dealers', true), ','))) then
        return;
      end if;
      execute format(
        'with next as (select %1$I as id, terms from record_search where dealer_id = $1 and %2$s
                        order by %1$I limit 400)
         select array(select id from next where id < (select max(id) from next)
                       group by id having terms_of_all(terms) @@ $3 order by id limit $4)', id, mine)
        into found using dealer, after, wanted, most, strong, which;
      if cardinality(found) = most then
        return query select unnest(found);
        return;
      end if;
      execute format(
        'select count(*), array_agg(id) filter (where terms @@ $3 and mine)
           from (select %1$I as id, terms, dealer_id = $1 and %2$s as mine
                   from record_search where terms @@ $5 limit 500) as hit', id, mine)
        into hits, found using dealer, after, wanted, most, strong, which;
      if hits = 500 and cardinality(found) >= 50 then
        return query execute format(
          'select %1$I from record_search where dealer_id = $1 and %2$s
            group by %1$I having terms_of_all(terms) @@ $3 order by %1$I limit $4', id, mine)
          using dealer, after, wanted, most, strong, which;
        return;
      end if;
      if hits = 500 then
        execute format(
          'select array_agg(id) from (select %1$I as id, dealer_id, kind, owner_id, record_id, terms
                                        from record_search where terms @@ $5 offset 0) as hit
            where dealer_id = $1 and %2$s and terms @@ $3', id, mine)
          into found using dealer, after, wanted, most, strong, which;
      end if;
      for word in select w from unnest(words) as w where which = 'customer' and cardinality(words) > 1
                     and w ~ '[0-9]' and array_to_string(words, '') ~ '[^0-9.]' order by length(w) desc loop
        few := ARRAY(select owner_id from record_search
                      where terms @@ search_terms(scopes, ARRAY[word], '&')::tsquery limit 500);
        exit when cardinality(few) < 500;
        few := '{}';
      end loop;
      return query
        select unnest(found)
        union
        select o.owner_id from record_search o
         where o.dealer_id = dealer and o.owner_id = any(few) and o.owner_id > after
         group by o.owner_id having terms_of_all(o.terms) @@ wanted
        order by 1 limit most;
    end
    $$
    """,
}

TRIGGERS = r"""
    CREATE FUNCTION index_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
    begin
      if tg_op <> 'INSERT' then
        delete from public.record_search s
         where s.dealer_id = old.dealer_id and s.kind = '{table}' and s.record_id = old.{identity};
      end if;
      if tg_op <> 'DELETE' {condition} then
        insert into public.record_search (dealer_id, kind, record_id, owner_id, terms)
        values (new.dealer_id, '{table}', new.{identity}, {owner},
                public.{table}_terms(new.dealer_id, new.{identity}, new.record));
      end if;
      return null;
    end
    $$;
    CREATE TRIGGER index_written AFTER INSERT OR DELETE ON {table}
      FOR EACH ROW EXECUTE FUNCTION index_{table}();
    CREATE TRIGGER index_changed AFTER UPDATE ON {table}
      FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION index_{table}();
    INSERT INTO record_search (dealer_id, kind, record_id, owner_id, terms)
      SELECT new.dealer_id, '{table}', new.{identity}, {owner},
             {table}_terms(new.dealer_id, new.{identity}, new.record)
        FROM {table} AS new WHERE true {condition}
"""
_RECORD = "new.record IS DISTINCT FROM old.record"
INDEXED = {
    "customer": {
        "identity": "customer_id",
        "owner": "new.customer_id",
        "condition": "and new.merged_into is null",
        "changed": f"{_RECORD} or new.merged_into is distinct from old.merged_into",
    },
    "vehicle": {"identity": "vin", "owner": "new.customer_id", "condition": "", "changed": _RECORD},
    "appointment": {"identity": "appointment_id", "owner": "null", "condition": "", "changed": _RECORD},
    "customer_order": {"identity": "order_id", "owner": "null", "condition": "", "changed": _RECORD},
}


def upgrade() -> None:
    """Expand; what is no longer needed is dropped in a later file."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "record_search",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=True),
        sa.Column("terms", postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("dealer_id", "kind", "record_id", name=op.f("pk_record_search")),
    )
    op.execute("ALTER TABLE record_search ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY dealer_rows ON record_search TO handoff_app USING ({POLICY})")
    execute = op.get_bind().exec_driver_sql
    for function in FUNCTIONS.values():
        execute(function)
    op.execute("REVOKE EXECUTE ON FUNCTION find_records FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION find_records TO handoff_app")
    for table, parts in INDEXED.items():
        for statement in _statements(TRIGGERS.format(table=table, **parts)):
            execute(statement)
    op.create_index("ix_record_search_owner", "record_search", ["dealer_id", "owner_id"])
    op.create_index(
        "ix_record_search_terms",
        "record_search",
        ["terms"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in INDEXED:
        op.execute(f"DROP TRIGGER index_changed ON {table}")
        op.execute(f"DROP TRIGGER index_written ON {table}")
        op.execute(f"DROP FUNCTION index_{table}")
    for signature in reversed(FUNCTIONS):
        op.execute(f"DROP {'AGGREGATE' if signature == 'terms_of_all(tsvector)' else 'FUNCTION'} {signature}")
    op.drop_table("record_search")


def _statements(text: str) -> list[str]:
    """The statements of a text, of which functions hold semicolons of their own."""
    body, rest = text.split("$$;", 1)
    return [body + "$$", *rest.split(";")]
