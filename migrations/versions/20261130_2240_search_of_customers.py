"""Find customers by what people type in a walk along their ids where it is frequent, by the index where it is rare."""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

# as `find_records` of 0029, in statements that are planned once. A sample tells what is frequent: a page of that is
# found among the next thousands of rows. Each is asked for any of the words before a customer's are put together
FIND_CUSTOMERS = r"""
    CREATE FUNCTION find_customers(dealer text, written text, numbers text[], after text, most integer)
    RETURNS SETOF text LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50 SET search_path = public, pg_temp
    SET enable_seqscan = off SET enable_hashagg = off AS $$
    declare
      scopes text[] := ARRAY[dealer || '/'];
      words text[] := search_words(written);
      wanted tsquery := search_query(scopes, written, numbers, 1);
      strong tsquery := search_query(scopes, written, numbers, 3);
      loose tsquery := concat_ws('|', search_terms(scopes, words, '|'), search_terms(scopes, numbers, '|'),
        case when cardinality(words) > 1 then search_terms(scopes, ARRAY[array_to_string(words, '.')], '|') end)::tsquery;
      found text[];
      hits integer;
      few text[] := '{}';
      word text;
    begin
      if not (current_setting('app.dealers', true) = '*'
          or dealer = any(string_to_array(current_setting('app.dealers', true), ','))) then
        return;
      end if;
      select count(*) into hits
        from (select r.terms from record_search r where r.dealer_id = dealer and r.owner_id > after
               order by r.owner_id limit 200) as next
       where next.terms @@ strong;
      if hits > 1 then
        found := ARRAY(
          select next.id
            from (select r.owner_id as id, r.terms from record_search r where r.dealer_id = dealer and r.owner_id > after
                   order by r.owner_id limit 6000) as next
           where next.terms @@ loose
           group by next.id having terms_of_all(next.terms) @@ strong order by next.id limit most);
        if cardinality(found) = most then
          return query select unnest(found);
          return;
        end if;
      end if;
      select count(*), array_agg(hit.id) filter (where hit.id > after and hit.terms @@ strong) into hits, found
        from (select r.owner_id as id, r.terms from record_search r where r.terms @@ wanted limit 500) as hit;
      if hits = 500 and cardinality(found) >= 50 then
        return query
          select next.id
            from (select r.owner_id as id, r.terms from record_search r where r.dealer_id = dealer and r.owner_id > after
                   order by r.owner_id offset 0) as next
           where next.terms @@ loose
           group by next.id having terms_of_all(next.terms) @@ strong order by next.id limit most;
        return;
      end if;
      if hits = 500 then
        found := ARRAY(
          select hit.id from (select r.owner_id as id, r.terms from record_search r where r.terms @@ wanted offset 0) as hit
           where hit.id > after and hit.terms @@ strong);
      end if;
      if cardinality(words) > 1 and array_to_string(words, '') ~ '[^0-9.]' then
        for word in select w from unnest(words) as w where w ~ '[0-9]' order by length(w) desc loop
          few := ARRAY(select r.owner_id from record_search r
                        where r.terms @@ search_terms(scopes, ARRAY[word], '&')::tsquery limit 500);
          exit when cardinality(few) < 500;
          few := '{}';
        end loop;
      end if;
      if few = '{}' then
        return query select distinct one from unnest(found) as one order by one limit most;
        return;
      end if;
      return query
        select unnest(found)
        union
        select o.owner_id from record_search o
         where o.dealer_id = dealer and o.owner_id = any(few) and o.owner_id > after
         group by o.owner_id having terms_of_all(o.terms) @@ wanted
        order by 1 limit most;
    end
    $$
"""


def upgrade() -> None:
    """Expand; what is no longer needed is dropped in a later file."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(FIND_CUSTOMERS)
    op.execute("REVOKE EXECUTE ON FUNCTION find_customers FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION find_customers TO handoff_app")


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION find_customers")
