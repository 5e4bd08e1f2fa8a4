"""Find ids, telephone numbers, plates and VINs by a table of their ends, and words by the index of words alone."""

from typing import Final

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

POLICY: Final = """
    (select current_setting('app.dealers', true)) = '*'
    or dealer_id in (select unnest(string_to_array(current_setting('app.dealers', true), ',')))
"""

FUNCTIONS: Final = {
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
    CREATE OR REPLACE FUNCTION index_{table}() RETURNS trigger LANGUAGE plpgsql
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
STORED: Final = """
    INSERT INTO record_search (dealer_id, kind, record_id, owner_id, words, numbers)
    SELECT new.dealer_id, '{table}', new.{identity}, {owner},
           record_terms(new.dealer_id || '{scope}', {words}, '{{}}'), {numbers}
      FROM {table} AS new WHERE true {condition}
"""

ENDS: Final = """
    INSERT INTO search_number (dealer_id, term, record_id)
    SELECT dealer_id, term, record_id FROM record_search, unnest(number_ends(record_scope(kind), numbers)) AS term
     ORDER BY dealer_id, term COLLATE "C"
"""


def upgrade() -> None:
    """Services of the version before stand still meanwhile, as for every migration before the first release."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for kind in ("customer", "vehicle", "appointment", "customer_order"):
        op.execute(f"DROP FUNCTION {kind}_terms")
    op.execute("DROP FUNCTION find_customers")
    op.execute("DROP FUNCTION find_records")
    op.drop_table("record_search")
    _create_tables()
    execute = op.get_bind().exec_driver_sql
    for function in FUNCTIONS.values():
        execute(function)
    for finder in FINDERS:
        one = ROW_MATCHES.format(words="next.words", numbers="next.numbers")
        all_of_one = ROW_MATCHES.format(words="terms_of_all(next.words)", numbers="string_agg(next.numbers, '')")
        execute(FIND.format(**finder, next_matches=one, all_match=all_of_one))
        execute(f"REVOKE EXECUTE ON FUNCTION {finder['name']} FROM PUBLIC")
        execute(f"GRANT EXECUTE ON FUNCTION {finder['name']} TO handoff_app")
    for table, parts in INDEXED.items():
        execute(KEPT.format(table=table, **parts))
        execute(STORED.format(table=table, **parts))
    execute(ENDS)
    op.create_index("ix_record_search_owner", "record_search", ["dealer_id", "owner_id"])
    op.create_index(
        "ix_record_search_words",
        "record_search",
        ["words"],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
        postgresql_where=sa.text("words <> ''"),
    )


def _create_tables() -> None:
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
    op.create_table(
        "search_number",
        sa.Column("dealer_id", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(collation="C"), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("dealer_id", "term", "record_id", name=op.f("pk_search_number")),
    )
    for table in ("record_search", "search_number"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY dealer_rows ON {table} TO handoff_app USING ({POLICY})")


def downgrade() -> None:
    """The way back: the index of all terms."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in INDEXED:
        op.execute(f"DROP TRIGGER index_changed ON {table}")
        op.execute(f"DROP TRIGGER index_written ON {table}")
        op.execute(f"DROP FUNCTION index_{table}")
    for finder in FINDERS:
        op.execute(f"DROP FUNCTION {finder['name']}")
    for function in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_table("search_number")
    op.drop_table("record_search")
    op.execute("DROP AGGREGATE terms_of_all(tsvector)")
    for function in ("search_query", "search_terms", "search_words", "record_terms", "folded_text"):
        op.execute(f"DROP FUNCTION {function}")
    for revision in ("0029", "0032"):
        context.script.get_revision(revision).module.upgrade()
