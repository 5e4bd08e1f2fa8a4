"""What records are found by is the same however they were written: many at once, or changed one by one."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.engine import Database

pytestmark = pytest.mark.database

_ADD = {
    "customer": """
        insert into customer (dealer_id, customer_id, record, created_at, updated_at)
        select 'porto-01', one.id, one.record, now(), now()
          from (values ('C-1', '{}'::jsonb),
                       ('Ç 2/3', '{"name": "Łukasz Ærø", "channels": [{"kind": "sms", "address": "+351 91 34"}]}'),
                       ('#4', '{"channels": [{"kind": "email", "address": "a.b@example.org"}]}')) as one(id, record)
        on conflict do nothing
    """,
    "vehicle": """
        insert into vehicle (dealer_id, vin, vin_key, record, version, created_at, updated_at)
        select 'porto-01', one.vin, one.vin, one.record, 1, now(), now()
          from (values ('WVWZZZ1KZ8W000001', '{"customer_id": "C-1", "plate": "AA-01-BB", "model": "Élan"}'::jsonb),
                       ('123', '{}')) as one(vin, record)
    """,
    "appointment": """
        insert into appointment (dealer_id, appointment_id, record, version, created_at, updated_at)
        values ('porto-01', 'A-1', '{"customer_id": "C-1", "kind": "service", "vin": "123"}', 1, now(), now())
    """,
    "customer_order": """
        insert into customer_order (dealer_id, order_id, record, version, created_at, updated_at)
        values ('porto-01', 'O-1', '{"kind": "parts", "status": "placed"}', 1, now(), now())
    """,
}
_DESCRIBED = text("select kind, record_id, owner_id, words::text, numbers from record_search order by 1, 2")
_NUMBERS = text("select term, record_id from search_number order by 1, 2")


async def _found_by(connection: AsyncConnection) -> list[list[tuple[object, ...]]]:
    return [[tuple(row) for row in await connection.execute(query)] for query in (_DESCRIBED, _NUMBERS)]


async def test_new_records_are_found_as_changed_ones_are(database: Database) -> None:
    async with database.transaction() as connection:
        for statement in _ADD.values():
            await connection.exec_driver_sql(statement)
        described, numbers = added = await _found_by(connection)
        assert len(described) == 7
        assert ("|8w000001", "WVWZZZ1KZ8W000001") in numbers
        assert ("/c23", "Ç 2/3") in numbers
        for table in ("record_search", "search_number"):
            await connection.exec_driver_sql(f"delete from {table}")
        for table in _ADD:
            await connection.exec_driver_sql(f"update {table} set record = record || '{{\"note\": 1}}'")
        assert await _found_by(connection) == added
