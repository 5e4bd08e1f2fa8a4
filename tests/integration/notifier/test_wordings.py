"""A dealer's own wording of a message: what is sent says it, and keeps to it when it is tried again."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from harness.dealership import DEALER
from harness.smtp_server import plain_text
from harness.stepped_services import SteppedServices
from shared.db.schema import notification, template_override
from shared.languages.wordings import template_source
from shared.people.template_overrides import load_wordings

pytestmark = pytest.mark.database


async def word(services: SteppedServices, body: str, version: int = 1) -> None:
    """The dealer words acknowledgements so."""
    row = {"dealer_id": DEALER, "name": "ACK", "locale": "en", "version": version, "created_at": services.clock()}
    async with services.database.transaction() as connection:
        await connection.execute(insert(template_override).values(**row, source=template_source("Thanks", body)))


async def written(services: SteppedServices) -> None:
    """The customer writes by e-mail."""
    await services.open_dealer()
    await services.add_customer(locale="en")
    await services.contact(direction="inbound", channel="email", text="Hello")


async def test_what_is_sent_says_the_dealers_words(services: SteppedServices) -> None:
    await word(services, "We have it.")
    await written(services)
    await services.settle()
    (mail,) = services.mail.accepted
    assert (str(mail["Subject"]), "We have it." in plain_text(mail)) == ("Thanks", True)
    assert await services.rows(select(notification.c.template_version)) == [{"template_version": "own-1"}]


async def test_another_try_keeps_to_the_wording_of_the_first(services: SteppedServices) -> None:
    await word(services, "We have it.")
    services.mail.behaviour.append("451")
    await written(services)
    await services.settle()
    await word(services, "Something else.", version=2)
    async with services.database.transaction() as connection:
        first = template_override.c.version == 1
        await connection.execute(update(template_override).where(first).values(withdrawn_at=services.clock()))
    services.real.advance(timedelta(minutes=5))
    await services.settle()
    (mail,) = services.mail.accepted
    assert "We have it." in plain_text(mail)


async def test_the_shipped_wording_is_named_too(services: SteppedServices) -> None:
    await written(services)
    await services.settle()
    (row,) = await services.rows(select(notification.c.template_version))
    assert len(row["template_version"]) == 12


async def test_only_what_stands_and_what_is_kept_to_is_read(services: SteppedServices) -> None:
    await services.open_dealer()
    for version in (1, 2, 3, 4):
        await word(services, f"Wording {version}.", version)
    async with services.database.transaction() as connection:
        last = template_override.c.version == 4
        await connection.execute(update(template_override).where(last).values(withdrawn_at=services.clock()))
        found = [
            await load_wordings(connection, [DEALER], pinned=one) for one in ((), ("own-1", "own-4", "1f2e3d4c5b6a"))
        ]
        none = await load_wordings(connection, [DEALER], ["READY"], ["own-1"])
    assert [[row.version for row in one.rows] for one in found] == [[3], [4, 3, 1]]
    assert [found[1].choose(DEALER, "ACK", "en", pin).version for pin in (None, "own-1", "own-4")] == [
        "own-3",
        "own-1",
        "own-4",
    ]
    assert none.rows == ()
