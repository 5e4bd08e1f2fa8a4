"""Thousands of rows in every table, made of the types of its columns, so that the planner has something to choose from.

They have the shapes of rows, not their sense: no service may work on them.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.schema import metadata

DEALERS: Final = 4
MANY: Final = 4_000
_COLUMNS: Final = text(
    "select table_name, column_name, udt_name, is_nullable = 'YES' as optional from information_schema.columns"
    " where table_schema = 'public' and is_generated = 'NEVER' and is_identity = 'NO' order by ordinal_position"
)
_BY_TYPE: Final[Mapping[str, str]] = {
    "text": "'{name}-' || n",
    "timestamptz": "timestamptz '2026-11-01 00:00:00+00' + n * interval '1 minute'",
    "date": "date '2026-01-01' + n",
    "interval": "interval '1 hour'",
    "int2": "n",
    "int4": "n",
    "int8": "n",
    "numeric": "n",
    "float8": "n",
    "bool": "n % 50 <> 0",
    "json": "'{{}}'::json",
    "jsonb": "'{{}}'::jsonb",
    "_text": "array['{name}-' || n]",
    "bytea": "convert_to('{name}-' || n, 'utf8')",
    "xid8": "n::text::xid8",
}
_BY_NAME: Final[Mapping[str, str]] = {
    "dealer_id": f"'D-' || n % {DEALERS}",
    "customer_id": "'C-' || n / 3",
}
_MADE_BY_TRIGGERS: Final = ("record_search", "search_number")


def _one_of(*values: str) -> str:
    return f"(array[{', '.join(f'{value!r}' for value in values)}])[1 + n % {len(values)}]"


_BY_PLACE: Final[Mapping[str, str]] = {
    "task.status": _one_of("offered", "accepted", *["completed", "cancelled"] * 4),
    "task.kind": _one_of("deliver", "interact", "reminder"),
    "task.offered_to": "case when n % 3 > 0 then 'S-' || n % 700 end",
    "task.assignee_id": "case when n % 3 = 0 then 'S-' || n % 700 end",
    "task.to_role": _one_of("service_advisor", "product_specialist", "sales_manager"),
    "task.due_at": "case when n % 2 = 0 then timestamptz '2026-11-01 00:00:00+00' + n * interval '1 minute' end",
    "task.priority_rank": "n % 3",
    "journey_case.status": _one_of("open", *["closed"] * 9, *["reserved"] * 2),
    "sla_timer.state": _one_of("running", *["met"] * 9),
    "sla_timer.subject": _one_of(*["case", "task"] * 9, "appointment"),
    "timer_due.kind": _one_of("timer", "trigger"),
    "timer_due.threshold": _one_of("breach", *["T-12"] * 98, "T-07"),
    "notification.status": _one_of("queued", *["failed", "delivered"] * 20, "held"),
    "notification.message": _one_of("WARNING", *["OFFERED"] * 9),
    "notification.channel": _one_of("email", "sms"),
    "notification.delivery_deadline": "case when n % 50 = 0 then now() + n * interval '1 minute' end",
    "notification.params": "case when n % 3 = 0 then jsonb_build_object('about',"
    " jsonb_build_object('timer_id', 'K-' || n)) else '{}'::jsonb end",
    "promise.state": _one_of("open", *["kept", "broken"] * 5),
    "promise.order_id": "case when n % 10 = 0 then 'O-' || n end",
    "dealer.dealer_id": "'D-' || n",
    "customer.customer_id": "'C-' || n",
    "journey_case.customer_id": "case when n % 10 > 0 then 'C-' || n / 3 end",
    "customer.merged_into": "case when n % 2 = 0 then 'C-' || n end",
    "customer.record": "jsonb_build_object('name', 'Ana ' || md5(n::text), 'channels', jsonb_build_array("
    "jsonb_build_object('kind', 'sms', 'address', '+3519' || lpad(n::text, 8, '0'))))",
    "appointment.record": "jsonb_build_object('customer_id', 'C-' || n / 3)",
    "customer_order.record": "jsonb_build_object('customer_id', 'C-' || n / 3)",
    "vehicle.record": "jsonb_build_object('customer_id', 'C-' || n / 3)",
}


async def fill(connection: AsyncConnection) -> None:
    """Fill every table, as the database's owner, and let the planner count."""
    columns = [row for row in (await connection.execute(_COLUMNS)).all() if row.table_name not in _MADE_BY_TRIGGERS]
    for name in metadata.tables:
        values = {row.column_name: _value(row) for row in columns if row.table_name == name}
        if values:
            rows = f"select {', '.join(values.values())} from generate_series(1, {MANY}) n"
            await connection.execute(text(f"insert into {name} ({', '.join(values)}) {rows}"))
    await connection.execute(text("analyze"))


def _value(column: Row[Any]) -> str:
    place = f"{column.table_name}.{column.column_name}"
    plain = _BY_TYPE[column.udt_name].format(name=column.column_name)
    return _BY_PLACE.get(place, _BY_NAME.get(column.column_name, plain))
