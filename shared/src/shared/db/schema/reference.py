"""Reference data the dealer's systems PUT, keys and idempotent answers."""

from typing import Final

from sqlalchemy import Boolean, Column, Computed, Index, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import TSVECTOR

from shared.db.schema.columns import instant, metadata, optional, record_table, required, texts
from shared.ids import new_id

MERGED: Final = "merged_into is not null"

dealer = record_table(
    "dealer",
    "dealer_id",
    Column(
        "revision",
        Text,
        nullable=False,
        default=new_id,
        onupdate=new_id,
        server_default=text("gen_random_uuid()::text"),
    ),
)
"""`revision` is another one at each writing of the record: what is worked out of it is kept under it."""

staff = record_table("staff", "staff_id", instant("last_taken_at", null=True))
customer = record_table(
    "customer",
    "customer_id",
    Column("unreachable", Boolean, nullable=False, server_default=text("false")),
    optional("merged_into"),
    Index(
        "ix_customer_channels",
        text("(lower(record ->> 'channels')::jsonb) jsonb_path_ops"),
        postgresql_using="gin",
    ),
    Index("ix_customer_number_ends", text("number_ends(record)"), postgresql_using="gin"),
    Index("ix_customer_merged_into", "dealer_id", "merged_into", postgresql_where=text(MERGED)),
)
"""Customers are found by their addresses, in lower case (`customers_at`), and by the ends of their numbers
(`customers_with_number`). `merged_into`: the customer whose duplicate this one was; it
is never merged itself."""

vehicle = record_table(
    "vehicle",
    "vin",
    Column("customer_id", Text, Computed("record->>'customer_id'", persisted=True)),
    optional("vin_key"),
    Index("ix_vehicle_customer", "dealer_id", "customer_id"),
    Index("ix_vehicle_key", "dealer_id", "vin_key", unique=True),
)
"""`vin` is as it was first written, `vin_key` as it is compared (`shared.vehicle_ids`)."""

appointment = record_table(
    "appointment",
    "appointment_id",
    Column("customer_id", Text, Computed("record->>'customer_id'", persisted=True)),
    Index("ix_appointment_customer", "dealer_id", "customer_id"),
)
customer_order = record_table(
    "customer_order",
    "order_id",
    Column("customer_id", Text, Computed("record->>'customer_id'", persisted=True)),
    Index("ix_customer_order_customer", "dealer_id", "customer_id"),
)

record_search = Table(
    "record_search",
    metadata,
    required("dealer_id", primary=True),
    required("kind", primary=True),
    required("record_id", primary=True),
    optional("owner_id"),
    Column("words", TSVECTOR, nullable=False),
    required("numbers"),
    Index("ix_record_search_owner", "dealer_id", "owner_id"),
    Index(
        "ix_record_search_words",
        "words",
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
        postgresql_where=text("words <> ''"),
    ),
)
"""What customers, vehicles, appointments and orders are found by, kept by triggers of their tables (`kind`) and read by
`find_customers` and `find_records`. `owner_id`: the customer whom a row tells of. `numbers`: ids, telephone numbers,
plates and VINs, each after "//" and its parts after "/"."""

search_number = Table(
    "search_number",
    metadata,
    required("dealer_id", primary=True),
    Column("term", Text(collation="C"), primary_key=True),
    required("record_id", primary=True),
)
"""Ends of the numbers of `record_search`, each behind the sign of its kind of record (`record_scope`)."""

api_key = Table(
    "api_key",
    metadata,
    required("key_id", primary=True),
    required("name"),
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    texts("dealers"),
    texts("scopes"),
    optional("staff_id"),
    instant("created_at"),
    instant("expires_at", null=True),
    instant("revoked_at", null=True),
)
"""`secret_hash` is SHA-256 of the key; `dealers` is `{*}` for a key of every dealer."""

session = Table(
    "session",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("secret_hash", LargeBinary, nullable=False),
    instant("wall_clock_at"),
    instant("used_at"),
    Index("ix_session_secret_hash", "secret_hash"),
)
"""Browsers signed in with a key. SHA-256 of the cookie and of the key; both instants are real time."""

feed_ticket = Table(
    "feed_ticket",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("secret_hash", LargeBinary, nullable=False),
    instant("wall_clock_at"),
    instant("opened_at", null=True),
)
"""Tickets that open a feed without a header. SHA-256 of the ticket and of the key; both instants are real time."""

idempotency = Table(
    "idempotency",
    metadata,
    Column("lookup", LargeBinary, primary_key=True),
    Column("answer", LargeBinary, nullable=False),
    instant("wall_clock_at"),
)
"""Answers kept 24 real hours for `Idempotency-Key`: found by a hash of caller, route and key, encrypted."""
