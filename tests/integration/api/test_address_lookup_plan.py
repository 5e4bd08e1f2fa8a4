"""Whose an address is, and who is there at all, costs a look at a few rows, however many customers the dealers have."""

import pytest
from event_posting import DEALER
from many_records import fill, rows_read

from harness.clocks import MovableClock
from harness.names import EASY_ACCESS
from journey_api.callbacks.caller_lookup import find_sender
from journey_api.callbacks.mail_reader import read_mail
from journey_api.callbacks.mail_sender import find_mail_sender
from journey_api.intake.cloud_events import TYPE, read_event
from journey_api.intake.event_models import Lead
from journey_api.intake.leads import Leads, Person
from journey_api.intake.prepare import Posted, plan_intake
from journey_api.intake.store import bare_driver
from journey_api.intake.unknown_people import find_unknown
from shared.db.engine import Database

pytestmark = pytest.mark.database
NOBODY = "+351919999999"


@pytest.fixture
async def filled(dealers: None, database: Database, owner_database: Database) -> Database:
    """Thousands of customers."""
    await fill(owner_database, DEALER)
    return database


async def test_few_rows_are_read(filled: Database, clock: MovableClock) -> None:
    """Of a number that rings, of the sender of a mail, and of a lead; whether anybody has it or nobody."""
    for customer_id, address, number in (("C-1999", "ana.1999@EXAMPLE.pt", "+351900001999"), (None, "x@y.pt", NOBODY)):
        mail = read_mail(f"From: {address}\r\nSubject: Hi\r\n\r\nHello\r\n".encode())
        persons = (Person(DEALER, address.lower(), None), Person(DEALER, None, number))
        async with filled.transaction() as connection:
            caller = await find_sender(connection, number)
            writer = await find_mail_sender(connection, mail, "", clock())
            assert [one.customer_id if one else None for one in (caller, writer)] == [customer_id] * 2
            for person in persons:
                found = await Leads().customer_of(connection, person, Lead(email=person.email), clock())
                assert found == customer_id or (customer_id is None and found.startswith("lead-"))
            assert await rows_read(connection) <= 30


async def test_people_of_events_are_looked_up_one_by_one(filled: Database, clock: MovableClock) -> None:
    named = ("C-1", "C-1999", "nobody")
    data = {"dealer_id": DEALER, "step": EASY_ACCESS, "observed_by": {"role": "service_advisor", "staff_id": "S-7"}}
    envelope = {"specversion": "1.0", "type": TYPE, "source": "/dms"}
    documents = [{**envelope, "id": name, "data": {**data, "customer_id": name}} for name in named]
    events = [read_event(document, clock()) for document in documents]
    plan = plan_intake([Posted(events, named, clock(), is_batch=True)], {}, {})
    async with filled.transaction(DEALER) as connection:
        unknown = await find_unknown(await bare_driver(connection), plan.rows)
        assert await rows_read(connection) <= 10
    assert unknown.staff == {(DEALER, "S-7")}
    assert (DEALER, "nobody") in unknown.unreachable
    assert not unknown.merged


async def test_the_wall_stands_before_the_indexes(filled: Database, clock: MovableClock) -> None:
    async with filled.transaction("porto-01") as connection:
        assert await find_sender(connection, "+351900001999") is None
        person = Person(DEALER, "ana.1999@example.pt", None)
        found = await Leads().customer_of(connection, person, Lead(email=person.email), clock())
        assert found.startswith("lead-")
