"""A vehicle, a mail address and a line are one in every spelling: shown, referred to, found and counted as one."""

import unicodedata
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from event_posting import DEALER, Events
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from harness.clocks import MovableClock
from harness.dealership import Dealership
from journey_api.callbacks.mail_reader import read_mail
from journey_api.callbacks.mail_sender import find_mail_sender
from shared.channels.address_forms import MAIL_ADDRESS, TELEPHONE_NUMBER
from shared.db.engine import Database
from shared.db.schema import journey_case
from shared.people.addresses import canonical
from shared.vehicle_ids import vehicle_key

pytestmark = pytest.mark.database
HOME = f"/v1/dealers/{DEALER}"
VINS = [
    ("SALWA2BC0PA123456", "salwa2-bc0pa 123456"),
    ("zar 940\u00a0000", "ZAR940000"),
    ("\uff37\uff36\uff37", "wvw\u200b"),
]
MAILS = [
    ("Ana@Bücher.example", "ana@xn--bcher-kva.example"),
    ("rui@xn--80a1acny.xn--p1ai", "RUI@почта.рф"),
    ("li@cafe\u0301.example", "li@CAFÉ.example"),
    ("\u200fjo@example.pt", "JO@example.pt\u00a0"),
]
LINES = [
    ("+54 9 11 5123-4567", "+54 11 5123 4567"),
    ("+52 1 55 8765 4321", "+525587654321"),
    ("912 345 678", "00351912345678"),
]
YOUNG = "\u019b\u0264"
"""Letters that have capitals since Unicode 16, which the database has and Python has not yet."""

KEYS = st.text(
    st.characters(exclude_categories=("Cs", "Cn", "Co"), exclude_characters="\x00").filter(
        lambda letter: unicodedata.normalize("NFKC", letter) not in YOUNG
    ),
    max_size=12,
)


@given(written=KEYS)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_database_compares_vehicles_as_the_services_do(database: Database, written: str) -> None:
    async with database.transaction() as connection:
        assert await connection.scalar(text("select vehicle_key(:it)"), {"it": written}) == vehicle_key(written)


@pytest.mark.parametrize(("one", "other"), VINS)
async def test_a_task_shows_the_vehicle_of_its_case(
    admin: httpx.AsyncClient, database: Database, clock: MovableClock, one: str, other: str
) -> None:
    dealership = await Dealership(database, clock).open_with_case()
    async with database.transaction() as connection:
        await connection.execute(journey_case.update().values(vehicle={"vin": other}))
    await admin.put(f"{HOME}/vehicles/{quote(one)}", json={"model": "Golf", "plate": "AA-00-BB"})
    created = await dealership.create_task()
    task = (await admin.get(f"/v1/tasks/{created.task_id}")).json()
    assert task["shown"]["vehicle"] == "Golf, AA-00-BB"
    (found,) = (await admin.get("/v1/tasks", params={"dealer_id": DEALER, "query": "aa00bb"})).json()["items"]
    assert found["task_id"] == created.task_id


@pytest.mark.parametrize(("one", "other"), VINS)
@pytest.mark.parametrize("by", ["event", "appointment", "order", "case"])
async def test_what_names_a_vehicle_keeps_it(
    events: Events, database: Database, clock: MovableClock, one: str, other: str, by: str
) -> None:
    admin, at = events.client, clock() + timedelta(days=1)
    await admin.put(f"{HOME}/customers/C-1", json={})
    assert (await admin.put(f"{HOME}/vehicles/{quote(one)}", json={"vin": other, "model": "Golf"})).status_code == 201
    match by:
        case "event":
            answer = await events.send(events.event(data=events.data(vehicle={"vin": other})))
        case "case":
            await Dealership(database, clock).open_case("K-1", "C-1", None)
            async with database.transaction() as connection:
                answer = await connection.execute(journey_case.update().values(vehicle={"vin": other}))
        case _:
            record = {"customer_id": "C-1", "vin": other, "kind": "service" if by == "appointment" else "repair"}
            record |= {"starts_at": at.isoformat()} if by == "appointment" else {}
            answer = await admin.put(f"{HOME}/{by}s/X-1", json=record)
    assert by == "case" or answer.status_code in (201, 202), answer.text
    refused = await admin.delete(f"{HOME}/vehicles/{quote(one)}")
    assert (refused.status_code, by in refused.text) == (409, True)


@pytest.mark.parametrize(("one", "other"), MAILS)
def test_a_mail_address_is_looked_up_in_every_spelling(one: str, other: str) -> None:
    for written, asked in ((one, other), (other, one), (one, one)):
        assert MAIL_ADDRESS.kept(written).lower() in MAIL_ADDRESS.stored_spellings(asked)


@pytest.mark.parametrize(("one", "other"), LINES)
def test_a_line_is_looked_up_in_every_spelling(one: str, other: str) -> None:
    for written, asked in ((one, other), (other, one), (one, one)):
        assert TELEPHONE_NUMBER.kept(written, "PT") in TELEPHONE_NUMBER.stored_spellings(asked, "PT")


def lead_of(address: str) -> dict[str, Any]:
    return {"email": address} if "@" in address else {"telephone": address}


@pytest.mark.parametrize(("one", "other"), [*MAILS[:3], *LINES])
async def test_a_lead_is_known_by_the_other_spelling(events: Events, one: str, other: str) -> None:
    kind = "email" if "@" in one else "telephone"
    channels = [{"kind": kind, "address": one, "verified": True}]
    await events.client.put(f"{HOME}/customers/C-1", json={"channels": channels})
    answer = await events.send(events.event(data=events.data(customer_id=None, lead=lead_of(other))))
    assert answer.json()["events"][0]["customer_id"] == "C-1", answer.text


@pytest.mark.parametrize(("one", "other"), [*MAILS[:3], *LINES])
async def test_two_spellings_of_one_lead_are_one_customer(events: Events, one: str, other: str) -> None:
    sent = [
        events.event(name, data=events.data(customer_id=None, lead=lead_of(way)))
        for name, way in zip("12", (one, other), strict=True)
    ]
    answer = await events.batch(*sent)
    assert len({one["customer_id"] for one in answer.json()["events"]}) == 1


@pytest.mark.parametrize(("one", "other"), [MAILS[0], LINES[0]])
async def test_channels_of_merged_customers_are_united_by_address(events: Events, one: str, other: str) -> None:
    kind = "email" if "@" in one else "sms"
    for customer_id, address, verified in (("C-1", one, False), ("C-2", other, True)):
        channels = [{"kind": kind, "address": address, "verified": verified}]
        await events.client.put(f"{HOME}/customers/{customer_id}", json={"channels": channels})
    answer = await events.client.post(f"{HOME}/customers/C-2/merge", json={"into": "C-1"})
    (channel,) = answer.json()["channels"]
    assert (canonical(kind, channel["address"]), channel["verified"]) == (canonical(kind, one), True)


@pytest.mark.parametrize(("one", "other"), MAILS)
async def test_who_writes_is_known_by_the_other_spelling(
    admin: httpx.AsyncClient, dealers: None, database: Database, clock: MovableClock, one: str, other: str
) -> None:
    channels = [{"kind": "email", "address": one, "verified": True}]
    assert (await admin.put(f"{HOME}/customers/C-1", json={"channels": channels})).status_code == 201
    mail = read_mail(f"From: {other}\r\nSubject: Hi\r\n\r\nHello\r\n".encode())
    async with database.transaction() as connection:
        sender = await find_mail_sender(connection, mail, "", clock())
    assert sender is not None
    assert sender.customer_id == "C-1"
