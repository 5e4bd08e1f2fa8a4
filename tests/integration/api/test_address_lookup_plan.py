"""Whose an address is costs a look at a few rows, however many customers the dealers have."""

import pytest
from event_posting import DEALER
from many_records import fill, rows_read

from harness.clocks import MovableClock
from journey_api.callbacks.caller_lookup import find_sender
from journey_api.callbacks.mail_reader import read_mail
from journey_api.callbacks.mail_sender import find_mail_sender
from journey_api.intake.event_models import Lead
from journey_api.intake.leads import Leads, Person
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


async def test_the_wall_stands_before_the_indexes(filled: Database, clock: MovableClock) -> None:
    async with filled.transaction("porto-01") as connection:
        assert await find_sender(connection, "+351900001999") is None
        person = Person(DEALER, "ana.1999@example.pt", None)
        found = await Leads().customer_of(connection, person, Lead(email=person.email), clock())
        assert found.startswith("lead-")
