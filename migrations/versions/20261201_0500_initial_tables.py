"""The tables, who may see which rows of them, and the functions by which records are found."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.db.schema.columns import Xid8

revision = "0036"
down_revision = None
branch_labels = None
depends_on = None

DEALER_TABLES: Final = (
    "appointment",
    "appointment_status_change",
    "case_owner_change",
    "case_status_change",
    "comment",
    "contact",
    "customer",
    "customer_order",
    "dead_letter",
    "dealer",
    "event_intake",
    "feed",
    "feed_head",
    "inbound_message",
    "journey_case",
    "journey_event",
    "moment",
    "moment_change",
    "moment_due",
    "notification",
    "notification_attempt",
    "outbox",
    "preference_change",
    "promise",
    "promise_event",
    "receipt",
    "record_search",
    "reply_address",
    "routing",
    "search_number",
    "sla_timer",
    "sla_timer_event",
    "staff",
    "staff_message",
    "suggestion",
    "suppression",
    "task",
    "task_event",
    "task_source",
    "template_override",
    "timer_due",
    "unsubscribe_link",
    "vehicle",
)
STORAGE: Final = {
    "feed": "toast_tuple_target=4080",
    "outbox": "toast_tuple_target=4080",
    "routing": "toast_tuple_target=4080",
    "sla_timer": "fillfactor=50",
}
"""Rows that are written whole or changed often: room on their page, and no detour of their documents."""

POLICY: Final = """
    (select current_setting('app.dealers', true)) = '*'
    or dealer_id in (select unnest(string_to_array(current_setting('app.dealers', true), ',')))
"""

# as `shared.vehicle_ids`: blanks, hyphens and what is not seen
BETWEEN = (
    r"\u0009-\u000d\u001c-\u0020\u002d\u0085\u00ad\u058a\u05be\u0600-\u0605\u061c\u06dd\u070f\u0890-\u0891\u08e2"
    r"\u1400\u1680\u1806\u180e\u200b-\u2010\u2012-\u2015\u2028-\u202e\u2060-\u2064\u2066-\u206f\u2212\u2e17\u2e1a"
    r"\u2e3a-\u2e3b\u2e40\u2e5d\u301c\u3030\u30a0\ufeff\ufff9-\ufffb\U00010ead\U000110bd\U000110cd"
    r"\U00013430-\U00013438\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)

READ_BY_TABLES: Final = {
    "vehicle_key(text)": rf"""
    CREATE FUNCTION vehicle_key(written text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
      regexp_replace(upper(normalize(written, NFKC) COLLATE "pg_unicode_fast"), '[{BETWEEN}]', '', 'g')
    """,
    # the last seven digits of each of a customer's numbers
    "number_ends(jsonb)": r"""
    CREATE FUNCTION number_ends(record jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
      ARRAY(SELECT DISTINCT right(regexp_replace(way ->> 'address', '[^0-9]', '', 'g'), 7)
              FROM jsonb_path_query(record, '$.channels[*]') AS way
             WHERE way ->> 'kind' IN ('sms', 'whatsapp', 'telephone'))
    """,
}

FUNCTIONS: Final = {
    # row-level security keeps the indexes on channels from being used, for its operator might tell of rows it reads: the
    # indexes are read here, behind the same wall. `wanted`: for each way to write the address what `channels` contain
    "customers_at(text[])": r"""
    CREATE FUNCTION customers_at(wanted text[]) RETURNS TABLE (dealer_id text, customer_id text)
    LANGUAGE sql STABLE SECURITY DEFINER ROWS 2 SET search_path = public, pg_temp
    SET enable_seqscan = off SET enable_indexscan = off SET enable_material = off
    BEGIN ATOMIC
      SELECT DISTINCT c.dealer_id, c.customer_id
        FROM unnest(wanted) AS one
        JOIN customer c ON lower(c.record ->> 'channels')::jsonb @> one::jsonb
       WHERE current_setting('app.dealers', true) = '*'
          OR c.dealer_id = ANY (string_to_array(current_setting('app.dealers', true), ','));
    END
    """,
    "customers_with_number(text)": r"""
    CREATE FUNCTION customers_with_number(ending text) RETURNS TABLE (dealer_id text, customer_id text)
    LANGUAGE sql STABLE SECURITY DEFINER ROWS 5 SET search_path = public, pg_temp
    SET enable_seqscan = off SET enable_indexscan = off
    BEGIN ATOMIC
      SELECT c.dealer_id, c.customer_id
        FROM customer c
       WHERE number_ends(c.record) @> ARRAY[ending]
         AND (current_setting('app.dealers', true) = '*'
              OR c.dealer_id = ANY (string_to_array(current_setting('app.dealers', true), ',')));
    END
    """,
    # by eye: without accents, points, case and other forms of a letter, ligatures as their letters; each ideograph is a
    # word
    "folded_text(text)": r"""
    CREATE FUNCTION folded_text(written text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN
      regexp_replace(
        replace(replace(replace(
          translate(
            regexp_replace(
              casefold(normalize(written, NFKD) COLLATE "pg_unicode_fast"),
              '[\u00ad\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\ufe00-\ufe2f\ufeff]',
              '', 'g'),
            'łøđħŧıðŋىیکةʹʻʼʽʾʿ', 'lodhtidnييكه'''''''''''''),
          'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'),
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
    # "//" before each number without what stands between its signs, "/" before what follows of it from each part on
    "number_parts(text[])": r"""
    CREATE FUNCTION number_parts(numbers text[]) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    declare
      number text;
      parts text[];
      found text := '';
    begin
      for number in select one from unnest(numbers[1:200]) as one where one is not null loop
        parts := array_remove(
          regexp_split_to_array(public.folded_text(number) COLLATE "pg_unicode_fast", '[^[:alnum:]]+'), '');
        for at in 1 .. least(cardinality(parts), 40) loop
          found := found || case at when 1 then '//' else '/' end || left(array_to_string(parts[at:], ''), 64);
        end loop;
      end loop;
      return found;
    end
    $$
    """,
    # of a number the ends of four signs, six, eight ..., the whole and the parts, eight signs of each: what is typed
    # of it in four signs and more begins at one of them, or a sign before it. Not of what stands after "#"
    "number_ends(text, text)": r"""
    CREATE FUNCTION number_ends(scope text, parts text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    declare
      ends text[] := '{}';
      part text;
      whole boolean := false;
      ending text;
    begin
      foreach part in array (string_to_array(split_part(parts, '#', 1), '/'))[2:] loop
        for at in 1 .. case when whole then greatest(1, length(part) - 3) else least(1, length(part)) end loop
          continue when at > 1 and (length(part) - at) % 2 = 0;
          ending := scope || substr(part, at, 8);
          if ending <> all (ends) then
            ends := ends || ending;
          end if;
        end loop;
        whole := part = '';
      end loop;
      return ends;
    end
    $$
    """,
    "record_scope(text)": r"""
    CREATE FUNCTION record_scope(kind text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
      CASE kind WHEN 'customer' THEN '/' WHEN 'vehicle' THEN '|' WHEN 'appointment' THEN '!' ELSE '+' END
    """,
    "number_pattern(text)": r"""
    CREATE FUNCTION number_pattern(word text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
      '%' || CASE WHEN length(replace(word, '.', '')) < 4 THEN '/' ELSE '' END || left(replace(word, '.', ''), 40) || '%'
    """,
    "found_by_number(text, text, text, integer)": r"""
    CREATE FUNCTION found_by_number(which text, dealer text, word text, most integer)
    RETURNS text[] LANGUAGE plpgsql STABLE AS $$
    declare
      plain text := left(replace(word, '.', ''), 40);
      pattern text := number_pattern(word);
      begins text[] := case when length(plain) < 4 then ARRAY[plain] else ARRAY[right(plain, 8), right(substr(plain, 2), 7)] end;
      kinds text[] := case when which in ('customer', 'vehicle') then ARRAY['customer', 'vehicle'] else ARRAY[which] end;
    begin
      return ARRAY(
        select r.id
          from unnest(kinds) as scope(kind)
         cross join unnest(begins) as sought(begin)
         cross join lateral (
           select n.record_id from search_number n
            where n.dealer_id = dealer and n.term >= record_scope(kind) || begin
              and n.term < record_scope(kind) || begin || chr(1114111)) as n
         cross join lateral (
           select case which when 'customer' then o.owner_id else o.record_id end as id, o.numbers from record_search o
            where o.dealer_id = dealer and o.kind = scope.kind and o.record_id = n.record_id
              and (which = 'customer' or which = scope.kind)
            union all
           select o.record_id, o.numbers from record_search o
            where which = 'vehicle' and scope.kind = 'customer'
              and o.dealer_id = dealer and o.owner_id = n.record_id and o.kind = which) as r
         where r.id is not null and r.numbers like pattern
         limit most);
    end
    $$
    """,
}
READ_BY_SERVICES: Final = ("customers_at", "customers_with_number", "find_customers", "find_records")

ROW_MATCHES: Final = """
    {words} @@ alone or {numbers} like any (alone_patterns)
    or words_apart <> '{{}}' and (
      select bool_and({words} @@ word.terms or {numbers} like word.pattern)
        from unnest(each, each_pattern) as word(terms, pattern))
"""
# row-level security keeps an index on words from being used, for its operator might tell of rows it reads: the indexes
# are read here, behind the same wall. A sample tells what is frequent: a page of that is found among the next thousands
# of rows. Else words are looked up in both indexes. Who types several may mean a customer's name and a plate, which
# stand on several rows: of each word the few whom it finds by number, and those on whom all other words stand, are
# looked at whole
FIND: Final = r"""
    CREATE FUNCTION {name}(which text, dealer text, written text, numbers text[], after text, most integer)
    RETURNS SETOF text LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50 SET search_path = public, pg_temp
    SET enable_seqscan = off SET enable_hashagg = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET enable_memoize = off SET plan_cache_mode = force_generic_plan AS $$
    declare
      scopes text[] := ARRAY[dealer || record_scope(which)];
      words text[] := search_words(written);
      whole text := array_to_string(words, '.');
      words_alone text[] := array_remove(numbers || whole, '');
      words_apart text[] := case when cardinality(words) > 1 and whole ~ '[^0-9.]' then words else '{{}}' end;
      alone tsquery := search_terms(scopes, words_alone, '|');
      alone_patterns text[] := ARRAY(select number_pattern(word) from unnest(words_alone) as word);
      each tsquery[] := ARRAY(select search_terms(scopes, ARRAY[word], '&')::tsquery from unnest(words_apart) as word);
      each_pattern text[] := ARRAY(select number_pattern(word) from unnest(words_apart) as word);
      any_word tsquery := search_terms(scopes, words_alone || words_apart, '|');
      any_pattern text[] := alone_patterns || each_pattern;
      in_words text[] := '{{}}';
      long_words text[];
      few text[];
      sure text[] := '{{}}';
      likely text[] := '{{}}';
      found text[];
      word text;
    begin
      if cardinality(words_alone) = 0 or not (current_setting('app.dealers', true) = '*'
          or dealer = any(string_to_array(current_setting('app.dealers', true), ','))) then
        return;
      end if;
      if 1 < (select count(*)
                from (select r.words, r.numbers from record_search r
                       where {of_kind} and {id} > after order by {id} limit 200) as next
               where {next_matches}) then
        found := ARRAY(
          select next.id
            from (select {id} as id, r.words, r.numbers from record_search r
                   where {of_kind} and {id} > after order by {id} limit 6000) as next
           where next.words @@ any_word or next.numbers like any (any_pattern)
           group by next.id having {all_match} order by next.id limit most);
        if cardinality(found) = most or not exists (
            select from record_search r where {of_kind} and {id} > after order by {id} offset 6000 limit 1) then
          return query select unnest(found);
          return;
        end if;
      end if;
      sure := ARRAY(select {id} from record_search r where r.words @@ alone and r.words <> '' and {id} > after);
      foreach word in array words_alone loop
        sure := sure || found_by_number(which, dealer, word, null);
      end loop;
      for word in select w from unnest(words_apart) as w order by length(w) desc loop
        few := found_by_number(which, dealer, word, 100);
        if cardinality(few) < 100 then
          likely := likely || few;
          in_words := in_words || word;
        end if;
      end loop;
      if words_apart <> '{{}}' and in_words = '{{}}' then
        word := (select w from unnest(words_apart) as w order by length(w) desc limit 1);
        likely := found_by_number(which, dealer, word, null);
        in_words := ARRAY[word];
      end if;
      if words_apart <> '{{}}' then
        long_words := ARRAY(
          select w from unnest(in_words) as w
           where length(w) >= least(3, (select max(length(other)) from unnest(in_words) as other)));
        likely := likely || ARRAY(
          select {id} from record_search r
           where r.words @@ search_terms(scopes, long_words, '&')::tsquery and r.words <> '' and {id} > after);
      end if;
      return query
        select id from (
          (select distinct s.id from unnest(sure) as s(id) where s.id > after order by s.id limit most)
          union
          (select l.id from (select distinct one.id from unnest(likely) as one(id) where one.id > after) as l
            cross join lateral (
              select terms_of_all(r.words) as words, string_agg(r.numbers, '') as numbers from record_search r
               where {of_kind} and {id} = l.id) as next
            where {next_matches} order by l.id limit most)) as found(id)
        order by id limit most;
    end
    $$
"""
FINDERS: Final = (
    {"name": "find_customers", "id": "r.owner_id", "of_kind": "r.dealer_id = dealer"},
    {"name": "find_records", "id": "r.record_id", "of_kind": "r.dealer_id = dealer and r.kind = which"},
)

KEPT: Final = r"""
    CREATE FUNCTION index_{table}() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off AS $$
    declare
      before text := '';
      after text := '';
      had text[] := '{{}}';
      has text[] := '{{}}';
    begin
      if tg_op <> 'INSERT' then
        before := coalesce((
          select s.numbers from public.record_search s
           where s.dealer_id = old.dealer_id and s.kind = '{table}' and s.record_id = old.{identity}), '');
      end if;
      if tg_op <> 'DELETE' {condition} then
        after := {numbers};
        insert into public.record_search as s (dealer_id, kind, record_id, owner_id, words, numbers)
        values (new.dealer_id, '{table}', new.{identity}, {owner},
                public.record_terms(new.dealer_id || '{scope}', {words}, '{{}}'), after)
        on conflict (dealer_id, kind, record_id)
        do update set owner_id = excluded.owner_id, words = excluded.words, numbers = excluded.numbers
         where (s.owner_id, s.words, s.numbers) is distinct from (excluded.owner_id, excluded.words, excluded.numbers);
      else
        delete from public.record_search s
         where s.dealer_id = old.dealer_id and s.kind = '{table}' and s.record_id = old.{identity};
      end if;
      if before <> after then
        had := public.number_ends('{scope}', before);
        has := public.number_ends('{scope}', after);
      end if;
      if had <> '{{}}' then
        delete from public.search_number n
         where n.dealer_id = old.dealer_id and n.term = any (had) and n.record_id = old.{identity} and n.term <> all (has);
      end if;
      if has <> '{{}}' then
        insert into public.search_number (dealer_id, term, record_id)
        select new.dealer_id, term, new.{identity} from unnest(has) as term where term <> all (had);
      end if;
      return null;
    end
    $$
"""
_ADDRESSES: Final = """
    ARRAY(SELECT DISTINCT way ->> 'address' FROM jsonb_path_query(new.record, '$.channels[*]') AS way
           WHERE way ->> 'kind' {among} ('sms', 'whatsapp', 'telephone'))
"""
INDEXED: Final = {
    "customer": {
        "identity": "customer_id",
        "scope": "/",
        "owner": "new.customer_id",
        "words": f"array_prepend(new.record ->> 'name', {_ADDRESSES.format(among='NOT IN')})",
        "numbers": f"public.number_parts(array_prepend(new.customer_id, {_ADDRESSES.format(among='IN')}))",
        "condition": "and new.merged_into is null",
    },
    "vehicle": {
        "identity": "vin",
        "scope": "|",
        "owner": "new.record ->> 'customer_id'",
        "words": "ARRAY[new.record ->> 'model']",
        "numbers": "public.number_parts(ARRAY[new.vin, new.record ->> 'plate'])"
        " || '#' || public.number_parts(ARRAY[new.record ->> 'customer_id'])",
        "condition": "",
    },
    "appointment": {
        "identity": "appointment_id",
        "scope": "!",
        "owner": "null",
        "words": "ARRAY[new.record ->> 'kind']",
        "numbers": "public.number_parts(ARRAY[new.appointment_id, new.record ->> 'customer_id', new.record ->> 'vin'])",
        "condition": "",
    },
    "customer_order": {
        "identity": "order_id",
        "scope": "+",
        "owner": "null",
        "words": "ARRAY[new.record ->> 'kind', new.record ->> 'status']",
        "numbers": "public.number_parts(ARRAY[new.order_id, new.record ->> 'customer_id', new.record ->> 'vin'])",
        "condition": "",
    },
}


def upgrade() -> None:
    """Make everything."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    execute = op.get_bind().exec_driver_sql
    for function in READ_BY_TABLES.values():
        execute(function)
    _create_tables()
    op.execute(
        "DO $$ BEGIN CREATE ROLE handoff_app NOLOGIN NOSUPERUSER NOBYPASSRLS;"
        " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )
    op.execute("GRANT handoff_app TO CURRENT_USER")
    op.execute("GRANT USAGE ON SCHEMA public TO handoff_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO handoff_app")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO handoff_app")
    op.execute(
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO handoff_app"
    )
    op.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO handoff_app")
    for table in DEALER_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY dealer_rows ON {table} TO handoff_app USING ({POLICY})")
    for table, options in STORAGE.items():
        op.execute(f"ALTER TABLE {table} SET ({options})")
    for function in FUNCTIONS.values():
        execute(function)
    for finder in FINDERS:
        one = ROW_MATCHES.format(words="next.words", numbers="next.numbers")
        all_of_one = ROW_MATCHES.format(words="terms_of_all(next.words)", numbers="string_agg(next.numbers, '')")
        execute(FIND.format(**finder, next_matches=one, all_match=all_of_one))
    for name in READ_BY_SERVICES:
        execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC")
        execute(f"GRANT EXECUTE ON FUNCTION {name} TO handoff_app")
    for table, parts in INDEXED.items():
        execute(KEPT.format(table=table, **parts))
        execute(
            f"CREATE TRIGGER index_written AFTER INSERT OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION index_{table}()"
        )
        changed = "new.record IS DISTINCT FROM old.record"
        if table == "customer":
            changed += " OR new.merged_into IS DISTINCT FROM old.merged_into"
        execute(
            f"CREATE TRIGGER index_changed AFTER UPDATE ON {table} FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION index_{table}()"
        )


def _create_tables() -> None:
    op.create_table(
        "api_key",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("dealers", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_key_secret_hash")),
    )
    op.create_table(
        "appointment",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("appointment_id", sa.Text(), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customer_id", sa.Text(), sa.Computed("record->>'customer_id'", persisted=True), nullable=True),
        sa.PrimaryKeyConstraint("dealer_id", "appointment_id", name=op.f("pk_appointment")),
    )
    op.create_index("ix_appointment_customer", "appointment", ["dealer_id", "customer_id"], unique=False)
    op.create_table(
        "appointment_status_change",
        sa.Column("change_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("appointment_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("allowed", sa.Interval(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_appointment_status_change")),
    )
    op.create_index(
        "ix_appointment_status_change_customer", "appointment_status_change", ["dealer_id", "customer_id"], unique=False
    )
    op.create_table(
        "audit_finding",
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("wall_clock_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("finding", name=op.f("pk_audit_finding")),
    )
    op.create_table(
        "case_owner_change",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("change_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_role", sa.Text(), nullable=True),
        sa.Column("from_staff_id", sa.Text(), nullable=True),
        sa.Column("to_role", sa.Text(), nullable=False),
        sa.Column("to_staff_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("dealer_id", "case_id", "change_id", name=op.f("pk_case_owner_change")),
    )
    op.create_table(
        "case_status_change",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("change_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("dealer_id", "case_id", "change_id", name=op.f("pk_case_status_change")),
    )
    op.create_table(
        "clock_anchor",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("wall_clock_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("domain_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rate", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_anchor")),
    )
    op.create_table(
        "comment",
        sa.Column("comment_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_comment")),
    )
    op.create_index("ix_comment_case", "comment", ["dealer_id", "case_id"], unique=False)
    op.create_table(
        "consumer_position",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=True),
        sa.Column("system_identifier", sa.Text(), nullable=True),
        sa.Column("timeline", sa.Integer(), nullable=True),
        sa.Column("wall_clock_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("consumer", name=op.f("pk_consumer_position")),
    )
    op.create_table(
        "contact",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("task_id", sa.Text(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("options", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("notification_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_contact")),
    )
    op.create_index("ix_contact_case", "contact", ["dealer_id", "case_id"], unique=False)
    op.create_index("ix_contact_customer", "contact", ["dealer_id", "customer_id", "at"], unique=False)
    op.create_table(
        "customer",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unreachable", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("dealer_id", "customer_id", name=op.f("pk_customer")),
    )
    op.create_index(
        "ix_customer_channels",
        "customer",
        [sa.literal_column("(lower(record ->> 'channels')::jsonb) jsonb_path_ops")],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index(
        "ix_customer_merged",
        "customer",
        [sa.literal_column("((dealer_id || '/'::text) || customer_id)")],
        unique=False,
        postgresql_where=sa.text("merged_into is not null"),
    )
    op.create_index(
        "ix_customer_merged_into",
        "customer",
        ["dealer_id", "merged_into"],
        unique=False,
        postgresql_where=sa.text("merged_into is not null"),
    )
    op.create_index(
        "ix_customer_number_ends",
        "customer",
        [sa.literal_column("number_ends(record)")],
        unique=False,
        postgresql_using="gin",
    )
    op.create_table(
        "customer_order",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customer_id", sa.Text(), sa.Computed("record->>'customer_id'", persisted=True), nullable=True),
        sa.PrimaryKeyConstraint("dealer_id", "order_id", name=op.f("pk_customer_order")),
    )
    op.create_index("ix_customer_order_customer", "customer_order", ["dealer_id", "customer_id"], unique=False)
    op.create_table(
        "dead_letter",
        sa.Column("dead_letter_id", sa.Text(), nullable=False),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replay_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("dead_letter_id", name=op.f("pk_dead_letter")),
        sa.UniqueConstraint("consumer", "source", "record_id", name=op.f("uq_dead_letter_consumer_source_record_id")),
    )
    op.create_index("ix_dead_letter_dealer", "dead_letter", ["dealer_id", "last_at"], unique=False)
    op.create_table(
        "dealer",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Text(), server_default=sa.text("gen_random_uuid()::text"), nullable=False),
        sa.PrimaryKeyConstraint("dealer_id", name=op.f("pk_dealer")),
    )
    op.create_table(
        "event_intake",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("intake", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_intake")),
    )
    op.create_index("ix_event_intake_customer", "event_intake", ["dealer_id", "customer_id"], unique=False)
    op.create_table(
        "feed",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=True),
        sa.Column(
            "wall_clock_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("dealer_id", "stream", "position", name=op.f("pk_feed")),
    )
    op.create_index("ix_feed_age", "feed", ["wall_clock_at"], unique=False)
    op.create_table(
        "feed_head",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("dealer_id", "stream", name=op.f("pk_feed_head")),
    )
    op.create_table(
        "feed_ticket",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("wall_clock_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_feed_ticket")),
    )
    op.create_table(
        "idempotency",
        sa.Column("lookup", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("wall_clock_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("lookup", name=op.f("pk_idempotency")),
    )
    op.create_table(
        "inbound_message",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("contact_id", sa.Text(), nullable=True),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attachments", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("channel", "reference", name=op.f("pk_inbound_message")),
    )
    op.create_index(
        "ix_inbound_message_address", "inbound_message", ["dealer_id", "channel", "address_hash", "at"], unique=False
    )
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column(
            "wall_clock_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("consumer", "source", "id", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_age", "inbox", ["wall_clock_at"], unique=False)
    op.create_table(
        "journey_case",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("vehicle", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("topics", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("occurrences", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("owner_role", sa.Text(), nullable=True),
        sa.Column("owner_staff_id", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("newest_event_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_activity_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("business_day", sa.Date(), nullable=True),
        sa.Column(
            "returned_matters", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("followers", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("dealer_id", "case_id", name=op.f("pk_journey_case")),
    )
    op.create_index(
        "ix_journey_case_day",
        "journey_case",
        ["dealer_id", "business_day"],
        unique=False,
        postgresql_where=sa.text("customer_id IS NULL"),
    )
    op.create_index(
        "ix_journey_case_open",
        "journey_case",
        ["dealer_id", "customer_id"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "journey_event",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("step", sa.SmallInteger(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "extensions", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_journey_event")),
        sa.UniqueConstraint("dealer_id", "source", "id", name=op.f("uq_journey_event_dealer_id_source_id")),
    )
    op.create_index(
        "ix_journey_event_customer", "journey_event", ["dealer_id", "customer_id", "occurred_at"], unique=False
    )
    op.create_index("ix_journey_event_time", "journey_event", ["dealer_id", "occurred_at", "event_id"], unique=False)
    op.create_table(
        "moment",
        sa.Column("moment_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=True),
        sa.Column("phase", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.Text(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=True),
        sa.Column("feedback", sa.Text(), nullable=True),
        sa.Column("entry", sa.Text(), nullable=True),
        sa.Column("flags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("flag_count", sa.SmallInteger(), nullable=False),
        sa.Column("seen", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("moment_id", name=op.f("pk_moment")),
    )
    op.create_index("ix_moment_customer", "moment", ["dealer_id", "customer_id", "at"], unique=False)
    op.create_index("ix_moment_time", "moment", ["dealer_id", "at"], unique=False)
    op.create_index(
        "ix_moment_worst",
        "moment",
        [
            "dealer_id",
            "score",
            sa.literal_column("flag_count desc"),
            sa.literal_column("at desc"),
            sa.literal_column("moment_id desc"),
        ],
        unique=False,
    )
    op.create_table(
        "moment_change",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("moment_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("flags_before", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("flags_after", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("score_before", sa.SmallInteger(), nullable=True),
        sa.Column("score_after", sa.SmallInteger(), nullable=True),
        sa.Column("cause_kind", sa.Text(), nullable=False),
        sa.Column("cause_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_moment_change")),
    )
    op.create_index("ix_moment_change_moment", "moment_change", ["moment_id", "seq"], unique=False)
    op.create_table(
        "moment_due",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("cause_kind", sa.Text(), nullable=False),
        sa.Column("cause_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_moment_due")),
    )
    op.create_table(
        "notification",
        sa.Column("notification_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.Text(), nullable=True),
        sa.Column("task_id", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("votes", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("fallback", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("template_version", sa.Text(), nullable=True),
        sa.Column("scheduled_for", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_wall_clock_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivery_deadline", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("notification_id", name=op.f("pk_notification")),
        sa.UniqueConstraint("dealer_id", "dedupe_key", name=op.f("uq_notification_dealer_id_dedupe_key")),
    )
    op.create_index("ix_notification_address", "notification", ["channel", "address", "created_at"], unique=False)
    op.create_index(
        "ix_notification_bundles",
        "notification",
        ["dealer_id", "staff_id", "created_at"],
        unique=False,
        postgresql_where=sa.text("message in ('WARNING','BREACHED','ESCALATED','CHANGED')"),
    )
    op.create_index("ix_notification_case", "notification", ["dealer_id", "case_id"], unique=False)
    op.create_index("ix_notification_customer", "notification", ["dealer_id", "customer_id"], unique=False)
    op.create_index(
        "ix_notification_delivery_deadline",
        "notification",
        ["delivery_deadline"],
        unique=False,
        postgresql_where=sa.text("delivery_deadline is not null"),
    )
    op.create_index(
        "ix_notification_held",
        "notification",
        ["scheduled_for"],
        unique=False,
        postgresql_where=sa.text("status = 'held'"),
    )
    op.create_index(
        "ix_notification_list", "notification", ["dealer_id", "created_at", "notification_id"], unique=False
    )
    op.create_index(
        "ix_notification_next",
        "notification",
        ["channel", "next_attempt_wall_clock_at"],
        unique=False,
        postgresql_where=sa.text("status in ('queued','sending','unknown')"),
    )
    op.create_index("ix_notification_task", "notification", ["dealer_id", "task_id"], unique=False)
    op.create_index(
        "ix_notification_timer",
        "notification",
        ["dealer_id", sa.literal_column("(params #>> '{about,timer_id}')")],
        unique=False,
        postgresql_where=sa.text("(params #>> '{about,timer_id}') is not null"),
    )
    op.create_table(
        "notification_attempt",
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("notification_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("provider_ref", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wall_clock_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_wall_clock_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_notification_attempt")),
        sa.UniqueConstraint("notification_id", "number", name=op.f("uq_notification_attempt_notification_id_number")),
    )
    op.create_index("ix_notification_attempt_reference", "notification_attempt", ["provider_ref"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False, cache=1), nullable=False),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=True),
        sa.Column(
            "wall_clock_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_visible", "outbox", ["xid", "seq"], unique=False)
    op.create_table(
        "preference_change",
        sa.Column("change_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_preference_change")),
    )
    op.create_index(
        "ix_preference_change_customer", "preference_change", ["dealer_id", "customer_id", "at"], unique=False
    )
    op.create_table(
        "promise",
        sa.Column("promise_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("task_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount", sa.Numeric(precision=15, scale=2), nullable=True),
        sa.Column("kept_amount", sa.Numeric(precision=15, scale=2), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=True),
        sa.Column("owner_role", sa.Text(), nullable=True),
        sa.Column("owner_staff_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=True),
        sa.Column("moves", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("predecessor_id", sa.Text(), nullable=True),
        sa.Column("successor_id", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("appointment_id", sa.Text(), nullable=True),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("customer_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("broken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("timer_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("promise_id", name=op.f("pk_promise")),
    )
    op.create_index("ix_promise_case", "promise", ["dealer_id", "case_id"], unique=False)
    op.create_index("ix_promise_customer", "promise", ["dealer_id", "customer_id", "due_at"], unique=False)
    op.create_index("ix_promise_due", "promise", ["dealer_id", "due_at", "promise_id"], unique=False)
    op.create_index(
        "ix_promise_open",
        "promise",
        ["dealer_id", "owner_staff_id"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_promise_order",
        "promise",
        ["dealer_id", "order_id"],
        unique=False,
        postgresql_where=sa.text("order_id is not null"),
    )
    op.create_table(
        "promise_event",
        sa.Column("promise_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("changed", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("promise_id", "version", name=op.f("pk_promise_event")),
    )
    op.create_index("ix_promise_event_time", "promise_event", ["dealer_id", "recorded_at"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("notification_id", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("wall_clock_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("receipt_id", name=op.f("pk_receipt")),
    )
    op.create_index(
        "ix_receipt_unapplied", "receipt", ["receipt_id"], unique=False, postgresql_where=sa.text("not applied")
    )
    op.create_table(
        "record_search",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=True),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("dealer_id", "kind", "record_id", name=op.f("pk_record_search")),
    )
    op.create_index("ix_record_search_owner", "record_search", ["dealer_id", "owner_id"], unique=False)
    op.create_index(
        "ix_record_search_words",
        "record_search",
        ["words"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
        postgresql_where=sa.text("words <> ''"),
    )
    op.create_table(
        "reply_address",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("notification_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_reply_address")),
    )
    op.create_table(
        "routing",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("occurrences", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("inferred", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("decisions", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("fired", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("playbook_version", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("routed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_routing")),
    )
    op.create_index("ix_routing_case", "routing", ["dealer_id", "case_id"], unique=False)
    op.create_table(
        "search_number",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(collation="C"), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("dealer_id", "term", "record_id", name=op.f("pk_search_number")),
    )
    op.create_table(
        "session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("wall_clock_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_session")),
    )
    op.create_index("ix_session_secret_hash", "session", ["secret_hash"], unique=False)
    op.create_table(
        "sla_timer",
        sa.Column("timer_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("task_id", sa.Text(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consumed", sa.Interval(), nullable=False),
        sa.Column("running_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("original_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner_role", sa.Text(), nullable=True),
        sa.Column("owner_staff_id", sa.Text(), nullable=True),
        sa.Column("policy", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("on_attach", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("progress", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("timer_id", name=op.f("pk_sla_timer")),
        sa.UniqueConstraint(
            "dealer_id",
            "subject",
            "subject_id",
            "rule",
            "cycle",
            name=op.f("uq_sla_timer_dealer_id_subject_subject_id_rule_cycle"),
        ),
    )
    op.create_index(
        "ix_sla_timer_breached",
        "sla_timer",
        ["breached_at"],
        unique=False,
        postgresql_where=sa.text("breached_at is not null and state in ('running','paused')"),
    )
    op.create_index("ix_sla_timer_case", "sla_timer", ["dealer_id", "case_id"], unique=False)
    op.create_index("ix_sla_timer_due", "sla_timer", ["dealer_id", "due_at"], unique=False)
    op.create_index(
        "ix_sla_timer_live",
        "sla_timer",
        ["dealer_id", "subject", "subject_id"],
        unique=False,
        postgresql_where=sa.text("state in ('running','paused')"),
    )
    op.create_index("ix_sla_timer_task", "sla_timer", ["dealer_id", "task_id"], unique=False)
    op.create_index(
        "ix_sla_timer_visit",
        "sla_timer",
        ["dealer_id", "customer_id"],
        unique=False,
        postgresql_where=sa.text("subject = 'appointment'"),
    )
    op.create_table(
        "sla_timer_event",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("timer_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("threshold", sa.Text(), nullable=True),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("trace", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_sla_timer_event")),
    )
    op.create_index("ix_sla_timer_event_timer", "sla_timer_event", ["timer_id", "seq"], unique=False)
    op.create_index(
        "uq_sla_timer_event_threshold",
        "sla_timer_event",
        ["timer_id", "cycle", "revision", "threshold"],
        unique=True,
        postgresql_where=sa.text("threshold IS NOT NULL"),
    )
    op.create_table(
        "staff",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("dealer_id", "staff_id", name=op.f("pk_staff")),
    )
    op.create_table(
        "staff_message",
        sa.Column("notification_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("task_id", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("template", sa.Text(), nullable=True),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("notification_id", name=op.f("pk_staff_message")),
    )
    op.create_index("ix_staff_message_customer", "staff_message", ["dealer_id", "customer_id"], unique=False)
    op.create_table(
        "suggestion",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("to_role", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("because", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("task_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("event_id", "entry", "position", name=op.f("pk_suggestion")),
    )
    op.create_index("ix_suggestion_customer", "suggestion", ["dealer_id", "customer_id", "entry"], unique=False)
    op.create_table(
        "suppression",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("dealer_id", "channel", "address_hash", name=op.f("pk_suppression")),
    )
    op.create_table(
        "task",
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("mirrors", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("merge_key", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("priority_rank", sa.SmallInteger(), nullable=False),
        sa.Column("from_role", sa.Text(), nullable=False),
        sa.Column("to_role", sa.Text(), nullable=False),
        sa.Column("offered_to", sa.Text(), nullable=True),
        sa.Column("assignee_id", sa.Text(), nullable=True),
        sa.Column("started_by", sa.Text(), nullable=True),
        sa.Column("named_person", sa.Text(), nullable=True),
        sa.Column("reassigned_from", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("why", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("packet", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("offer", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("chain", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("waiting_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waiting_reason", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_task")),
    )
    op.create_index(
        "ix_task_assignee",
        "task",
        ["dealer_id", "assignee_id"],
        unique=False,
        postgresql_where=sa.text(
            "status in ('offered','accepted','waiting','open','acknowledged') and assignee_id is not null"
        ),
    )
    op.create_index("ix_task_case", "task", ["dealer_id", "case_id"], unique=False)
    op.create_index("ix_task_customer", "task", ["dealer_id", "customer_id"], unique=False)
    op.create_index("ix_task_event", "task", ["event_id"], unique=False)
    op.create_index(
        "ix_task_held",
        "task",
        ["dealer_id", "assignee_id", "offered_to"],
        unique=False,
        postgresql_where=sa.text(
            "kind in ('deliver','reminder') and status in ('offered','accepted','waiting') and (assignee_id is not null or offered_to is not null)"
        ),
    )
    op.create_index(
        "ix_task_list", "task", ["dealer_id", "priority_rank", "due_at", "created_at", "task_id"], unique=False
    )
    op.create_index(
        "ix_task_offered",
        "task",
        ["dealer_id", "offered_to"],
        unique=False,
        postgresql_where=sa.text(
            "status in ('offered','accepted','waiting','open','acknowledged') and offered_to is not null"
        ),
    )
    op.create_index(
        "ix_task_queue",
        "task",
        ["dealer_id", "to_role", "created_at"],
        unique=False,
        postgresql_where=sa.text("status = 'offered' AND offered_to IS NULL"),
    )
    op.create_index(
        "uq_task_open_class",
        "task",
        ["dealer_id", "case_id", "merge_key"],
        unique=True,
        postgresql_where=sa.text("status in ('offered','accepted','waiting','open','acknowledged')"),
    )
    op.create_table(
        "task_event",
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("from_status", sa.Text(), nullable=True),
        sa.Column("to_status", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("entry", sa.Text(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("task_id", "version", name=op.f("pk_task_event")),
    )
    op.create_table(
        "task_source",
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", "event_id", "entry", name=op.f("pk_task_source")),
    )
    op.create_index("ix_task_source_event", "task_source", ["event_id"], unique=False)
    op.create_table(
        "template_override",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("dealer_id", "name", "locale", "version", name=op.f("pk_template_override")),
    )
    op.create_table(
        "timer_due",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("cycle", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("revision", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("threshold", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("fire_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer_due")),
        sa.UniqueConstraint(
            "subject_id",
            "cycle",
            "threshold",
            "kind",
            "dealer_id",
            name=op.f("uq_timer_due_subject_id_cycle_threshold_kind_dealer_id"),
        ),
    )
    op.create_index(
        "ix_timer_due_case",
        "timer_due",
        ["dealer_id", "id"],
        unique=False,
        postgresql_where=sa.text("kind = 'trigger' and threshold in ('T-07','T-16','T-25','T-26','T-32')"),
    )
    op.create_index(
        "ix_timer_due_fire", "timer_due", ["fire_at"], unique=False, postgresql_where=sa.text("kind = 'timer'")
    )
    op.create_index(
        "ix_timer_due_fire_other", "timer_due", ["fire_at"], unique=False, postgresql_where=sa.text("kind <> 'timer'")
    )
    op.create_table(
        "unsubscribe_link",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_unsubscribe_link")),
    )
    op.create_table(
        "vehicle",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("vin", sa.Text(), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customer_id", sa.Text(), sa.Computed("record->>'customer_id'", persisted=True), nullable=True),
        sa.Column("vin_key", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("dealer_id", "vin", name=op.f("pk_vehicle")),
    )
    op.create_index("ix_vehicle_customer", "vehicle", ["dealer_id", "customer_id"], unique=False)
    op.create_index("ix_vehicle_key", "vehicle", ["dealer_id", "vin_key"], unique=True)


def downgrade() -> None:
    """Drop everything but the role, which other databases of the server may have too."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_vehicle_key", table_name="vehicle")
    op.drop_index("ix_vehicle_customer", table_name="vehicle")
    op.drop_table("vehicle")
    op.drop_table("unsubscribe_link")
    op.drop_index("ix_timer_due_fire_other", table_name="timer_due", postgresql_where=sa.text("kind <> 'timer'"))
    op.drop_index("ix_timer_due_fire", table_name="timer_due", postgresql_where=sa.text("kind = 'timer'"))
    op.drop_index(
        "ix_timer_due_case",
        table_name="timer_due",
        postgresql_where=sa.text("kind = 'trigger' and threshold in ('T-07','T-16','T-25','T-26','T-32')"),
    )
    op.drop_table("timer_due")
    op.drop_table("template_override")
    op.drop_index("ix_task_source_event", table_name="task_source")
    op.drop_table("task_source")
    op.drop_table("task_event")
    op.drop_index(
        "uq_task_open_class",
        table_name="task",
        postgresql_where=sa.text("status in ('offered','accepted','waiting','open','acknowledged')"),
    )
    op.drop_index(
        "ix_task_queue", table_name="task", postgresql_where=sa.text("status = 'offered' AND offered_to IS NULL")
    )
    op.drop_index(
        "ix_task_offered",
        table_name="task",
        postgresql_where=sa.text(
            "status in ('offered','accepted','waiting','open','acknowledged') and offered_to is not null"
        ),
    )
    op.drop_index("ix_task_list", table_name="task")
    op.drop_index(
        "ix_task_held",
        table_name="task",
        postgresql_where=sa.text(
            "kind in ('deliver','reminder') and status in ('offered','accepted','waiting') and (assignee_id is not null or offered_to is not null)"
        ),
    )
    op.drop_index("ix_task_event", table_name="task")
    op.drop_index("ix_task_customer", table_name="task")
    op.drop_index("ix_task_case", table_name="task")
    op.drop_index(
        "ix_task_assignee",
        table_name="task",
        postgresql_where=sa.text(
            "status in ('offered','accepted','waiting','open','acknowledged') and assignee_id is not null"
        ),
    )
    op.drop_table("task")
    op.drop_table("suppression")
    op.drop_index("ix_suggestion_customer", table_name="suggestion")
    op.drop_table("suggestion")
    op.drop_index("ix_staff_message_customer", table_name="staff_message")
    op.drop_table("staff_message")
    op.drop_table("staff")
    op.drop_index(
        "uq_sla_timer_event_threshold", table_name="sla_timer_event", postgresql_where=sa.text("threshold IS NOT NULL")
    )
    op.drop_index("ix_sla_timer_event_timer", table_name="sla_timer_event")
    op.drop_table("sla_timer_event")
    op.drop_index("ix_sla_timer_visit", table_name="sla_timer", postgresql_where=sa.text("subject = 'appointment'"))
    op.drop_index("ix_sla_timer_task", table_name="sla_timer")
    op.drop_index(
        "ix_sla_timer_live", table_name="sla_timer", postgresql_where=sa.text("state in ('running','paused')")
    )
    op.drop_index("ix_sla_timer_due", table_name="sla_timer")
    op.drop_index("ix_sla_timer_case", table_name="sla_timer")
    op.drop_index(
        "ix_sla_timer_breached",
        table_name="sla_timer",
        postgresql_where=sa.text("breached_at is not null and state in ('running','paused')"),
    )
    op.drop_table("sla_timer")
    op.drop_index("ix_session_secret_hash", table_name="session")
    op.drop_table("session")
    op.drop_table("search_number")
    op.drop_index("ix_routing_case", table_name="routing")
    op.drop_table("routing")
    op.drop_table("reply_address")
    op.drop_index(
        "ix_record_search_words",
        table_name="record_search",
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
        postgresql_where=sa.text("words <> ''"),
    )
    op.drop_index("ix_record_search_owner", table_name="record_search")
    op.drop_table("record_search")
    op.drop_index("ix_receipt_unapplied", table_name="receipt", postgresql_where=sa.text("not applied"))
    op.drop_table("receipt")
    op.drop_index("ix_promise_event_time", table_name="promise_event")
    op.drop_table("promise_event")
    op.drop_index("ix_promise_order", table_name="promise", postgresql_where=sa.text("order_id is not null"))
    op.drop_index("ix_promise_open", table_name="promise", postgresql_where=sa.text("state = 'open'"))
    op.drop_index("ix_promise_due", table_name="promise")
    op.drop_index("ix_promise_customer", table_name="promise")
    op.drop_index("ix_promise_case", table_name="promise")
    op.drop_table("promise")
    op.drop_index("ix_preference_change_customer", table_name="preference_change")
    op.drop_table("preference_change")
    op.drop_index("ix_outbox_visible", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("ix_notification_attempt_reference", table_name="notification_attempt")
    op.drop_table("notification_attempt")
    op.drop_index(
        "ix_notification_timer",
        table_name="notification",
        postgresql_where=sa.text("(params #>> '{about,timer_id}') is not null"),
    )
    op.drop_index("ix_notification_task", table_name="notification")
    op.drop_index(
        "ix_notification_next",
        table_name="notification",
        postgresql_where=sa.text("status in ('queued','sending','unknown')"),
    )
    op.drop_index("ix_notification_list", table_name="notification")
    op.drop_index("ix_notification_held", table_name="notification", postgresql_where=sa.text("status = 'held'"))
    op.drop_index(
        "ix_notification_delivery_deadline",
        table_name="notification",
        postgresql_where=sa.text("delivery_deadline is not null"),
    )
    op.drop_index("ix_notification_customer", table_name="notification")
    op.drop_index("ix_notification_case", table_name="notification")
    op.drop_index(
        "ix_notification_bundles",
        table_name="notification",
        postgresql_where=sa.text("message in ('WARNING','BREACHED','ESCALATED','CHANGED')"),
    )
    op.drop_index("ix_notification_address", table_name="notification")
    op.drop_table("notification")
    op.drop_table("moment_due")
    op.drop_index("ix_moment_change_moment", table_name="moment_change")
    op.drop_table("moment_change")
    op.drop_index("ix_moment_worst", table_name="moment")
    op.drop_index("ix_moment_time", table_name="moment")
    op.drop_index("ix_moment_customer", table_name="moment")
    op.drop_table("moment")
    op.drop_index("ix_journey_event_time", table_name="journey_event")
    op.drop_index("ix_journey_event_customer", table_name="journey_event")
    op.drop_table("journey_event")
    op.drop_index("ix_journey_case_open", table_name="journey_case", postgresql_where=sa.text("status = 'open'"))
    op.drop_index("ix_journey_case_day", table_name="journey_case", postgresql_where=sa.text("customer_id IS NULL"))
    op.drop_table("journey_case")
    op.drop_index("ix_inbox_age", table_name="inbox")
    op.drop_table("inbox")
    op.drop_index("ix_inbound_message_address", table_name="inbound_message")
    op.drop_table("inbound_message")
    op.drop_table("idempotency")
    op.drop_table("feed_ticket")
    op.drop_table("feed_head")
    op.drop_index("ix_feed_age", table_name="feed")
    op.drop_table("feed")
    op.drop_index("ix_event_intake_customer", table_name="event_intake")
    op.drop_table("event_intake")
    op.drop_table("dealer")
    op.drop_index("ix_dead_letter_dealer", table_name="dead_letter")
    op.drop_table("dead_letter")
    op.drop_index("ix_customer_order_customer", table_name="customer_order")
    op.drop_table("customer_order")
    op.drop_index("ix_customer_number_ends", table_name="customer", postgresql_using="gin")
    op.drop_index("ix_customer_merged_into", table_name="customer", postgresql_where=sa.text("merged_into is not null"))
    op.drop_index("ix_customer_merged", table_name="customer", postgresql_where=sa.text("merged_into is not null"))
    op.drop_index("ix_customer_channels", table_name="customer", postgresql_using="gin")
    op.drop_table("customer")
    op.drop_index("ix_contact_customer", table_name="contact")
    op.drop_index("ix_contact_case", table_name="contact")
    op.drop_table("contact")
    op.drop_table("consumer_position")
    op.drop_index("ix_comment_case", table_name="comment")
    op.drop_table("comment")
    op.drop_table("clock_anchor")
    op.drop_table("case_status_change")
    op.drop_table("case_owner_change")
    op.drop_table("audit_finding")
    op.drop_index("ix_appointment_status_change_customer", table_name="appointment_status_change")
    op.drop_table("appointment_status_change")
    op.drop_index("ix_appointment_customer", table_name="appointment")
    op.drop_table("appointment")
    op.drop_table("api_key")
    for table in INDEXED:
        op.execute(f"DROP FUNCTION index_{table}")
    for finder in FINDERS:
        op.execute(f"DROP FUNCTION {finder['name']}")
    for signature in (*reversed(FUNCTIONS), *reversed(READ_BY_TABLES)):
        op.execute(f"DROP {'AGGREGATE' if signature == 'terms_of_all(tsvector)' else 'FUNCTION'} {signature}")
