"""A VIN or plate in several spellings is one vehicle, shown as it was first written."""

from urllib.parse import quote

import httpx
import pytest
from event_posting import DEALER

from shared.vehicle_ids import vehicle_key

SPELLINGS = [
    ("WVWZZZ1JZXW000009", "wvwzzz1jzxw000009"),
    ("WVWZZZ1JZXW000009", " WVWZZZ1JZXW000009 "),
    ("SAL-WA2 BC 123", "salwa2bc123"),
    ("AA-00-BB", "aa 00 bb"),
    ("AA\u201100\u201100", "AA0000"),
    ("\uff37\uff36\uff37\uff11", "wvw1"),
    ("W\u200bVW\u00a01", "WVW1"),
    ("а123вс", "А 123 ВС"),
]


@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_spellings_of_one_vehicle(one: str, other: str) -> None:
    assert vehicle_key(one) == vehicle_key(other)


@pytest.mark.parametrize(("one", "other"), [("AA-00-BB", "AA-00-BC"), ("WVW1", "WVW11"), ("A/1", "A1"), ("O1", "01")])
def test_two_vehicles(one: str, other: str) -> None:
    assert vehicle_key(one) != vehicle_key(other)


@pytest.mark.database
@pytest.mark.parametrize(("one", "other"), SPELLINGS)
async def test_one_record_however_it_is_asked_for(
    admin: httpx.AsyncClient, dealers: None, one: str, other: str
) -> None:
    path = f"/v1/dealers/{DEALER}/vehicles"
    first = await admin.put(f"{path}/{quote(one)}", json={"model": "Golf"})
    assert (first.status_code, first.json()["vin"]) == (201, one)
    escaped = quote(other)
    second = await admin.put(f"{path}/{escaped}", json={"model": "Polo"})
    assert (second.status_code, second.json()["vin"], second.json()["version"]) == (200, one, 2)
    assert (await admin.get(f"{path}/{escaped}")).json()["model"] == "Polo"
    assert [item["vin"] for item in (await admin.get(path)).json()["items"]] == [one]
