"""The search for customers of a dealer who has very many, beside a look-up by id, over HTTP."""

import hashlib
import time
from typing import Final

import asyncpg
import bodies
import httpx
from figures import Rounds
from machine import DEALER, Machine, put
from sizes import Sizes

BY_ID: Final = "by id"
_CUSTOMERS: Final = """
    insert into customer (dealer_id, customer_id, record, created_at, updated_at)
    select $1, 'C-' || n, jsonb_build_object('name', (array['Ana', 'Rui', 'Inês', 'Luís', 'Eva'])[1 + n % 5] || ' '
               || (array['Sousa', 'Costa', 'Alves', 'Pinto'])[1 + n / 5 % 4] || ' ' || substr(md5(n::text), 1, 8),
               'channels', jsonb_build_array(jsonb_build_object(
                   'kind', 'sms', 'address', '+3519' || lpad(n::text, 8, '0')))), now(), now()
      from generate_series(1, $2::int) as n
"""
_VEHICLES: Final = """
    insert into vehicle (dealer_id, vin, vin_key, record, created_at, updated_at)
    select $1, 'WVW' || lpad(n::text, 14, '0'), 'WVW' || lpad(n::text, 14, '0'),
           jsonb_build_object('customer_id', 'C-' || n, 'plate', 'AB-' || lpad(n::text, 6, '0')), now(), now()
      from generate_series(1, $2::int) as n
"""


async def measure(machine: Machine, sizes: Sizes) -> Rounds:
    """Milliseconds until the answer is whole: a page of 50 customers by each sort of words, and one customer by id."""
    rounds = Rounds()
    with machine.service("journey_api") as api:
        put(api.port, f"/v1/dealers/{DEALER}", {"name": "Bench", "time_zone": "Europe/Lisbon"})
        await _fill(machine, sizes.customers)
        base = f"http://127.0.0.1:{api.port}/v1/dealers/{DEALER}/customers"
        async with httpx.AsyncClient(headers=bodies.BARE, timeout=60, trust_env=False) as client:
            for number in range(-5, sizes.searches):
                for kind, (path, query) in _asked(1 + (number + 5) * 97 % sizes.customers).items():
                    began = time.perf_counter()
                    answer = await client.get(base + path, params=query)
                    assert answer.status_code == 200, answer.text
                    if number >= 0:
                        rounds.add(kind, 1000 * (time.perf_counter() - began))
    return rounds


def _asked(number: int) -> dict[str, tuple[str, dict[str, str]]]:
    queries = {
        "a name that one has": hashlib.md5(str(number).encode()).hexdigest()[:8],
        "a telephone number": f"9{number:08}",
        "a plate": f"AB {number:06}",
        "a name that a fifth has": "ana",
        "two names that a twentieth has": "sousa rui",
        "what nobody has": "zacharias",
    }
    return {BY_ID: (f"/C-{number}", {}), **{kind: ("", {"query": words}) for kind, words in queries.items()}}


async def _fill(machine: Machine, count: int) -> None:
    connection = await asyncpg.connect(machine.address())
    try:
        for statement in (_CUSTOMERS, _VEHICLES):
            await connection.execute(statement, DEALER, count)
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()
