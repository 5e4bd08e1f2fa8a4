"""Compare VINs in the database as the services do, and find customers by an address behind the wall between dealers."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

# as `shared.vehicle_ids`: blanks, hyphens and what is not seen
BETWEEN = (
    r"\u0009-\u000d\u001c-\u0020\u002d\u0085\u00ad\u058a\u05be\u0600-\u0605\u061c\u06dd\u070f\u0890-\u0891\u08e2"
    r"\u1400\u1680\u1806\u180e\u200b-\u2010\u2012-\u2015\u2028-\u202e\u2060-\u2064\u2066-\u206f\u2212\u2e17\u2e1a"
    r"\u2e3a-\u2e3b\u2e40\u2e5d\u301c\u3030\u30a0\ufeff\ufff9-\ufffb\U00010ead\U000110bd\U000110cd"
    r"\U00013430-\U00013438\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)

FUNCTIONS = {
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
}
READ_BY_SERVICES = ("customers_at", "customers_with_number")


def upgrade() -> None:
    """Expand; what is no longer needed is dropped in a later file."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    execute = op.get_bind().exec_driver_sql
    for function in FUNCTIONS.values():
        execute(function)
    for function in READ_BY_SERVICES:
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO handoff_app")
    op.create_index("ix_customer_number_ends", "customer", [sa.text("number_ends(record)")], postgresql_using="gin")


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_customer_number_ends", "customer")
    for signature in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {signature}")
