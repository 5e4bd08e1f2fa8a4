"""The ceiling: rows of an event's size by unnest, 500 a transaction, straight into PostgreSQL."""

import itertools
import time

import asyncpg

_SECONDS = 2.0
_TABLE = """
    create table if not exists bench_raw (
        id text primary key, source text, number text, data jsonb, unique (source, number))
"""
_INSERT = """
    insert into bench_raw select * from unnest($1::text[], $2::text[], $3::text[], $4::jsonb[])
    on conflict do nothing
"""
_NUMBERS = itertools.count()
_DATA = '{"words": "' + "x" * 500 + '"}'


async def insert_rate(address: str) -> float:
    """Rows a second on one connection."""
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(_TABLE)
        rows, began = 0, time.perf_counter()
        while time.perf_counter() - began < _SECONDS:
            numbers = [str(next(_NUMBERS)) for _ in range(500)]
            await connection.execute(_INSERT, numbers, ["bench"] * 500, numbers, [_DATA] * 500)
            rows += 500
        return rows / (time.perf_counter() - began)
    finally:
        await connection.close()
