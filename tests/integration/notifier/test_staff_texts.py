"""People's own words on their way: planned by the rules of every other message, signed, counted as contacts."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from harness.dealership import DEALER
from harness.names import INFOTAINMENT_TO_PRODUCT_SPECIALIST
from harness.smtp_server import plain_text
from harness.stepped_services import SteppedServices
from journey_api.messages.staff_messages import Matter, Words, queue_message
from shared.commands.record_contact import NewContact, record_contact
from shared.db.engine import lock_keys, record_key
from shared.db.schema import contact, journey_case, sla_timer, unsubscribe_link
from shared.people.addresses import address_hash
from shared.people.suppressions import suppress
from shared.playbook.ruleset.loader import playbook

pytestmark = pytest.mark.database
NIGHT = [{"from": "09:30", "to": "12:00"}]
MAIL = {"kind": "email", "address": "ana@example.pt", "verified": True}
TELEPHONE = {"kind": "telephone", "address": "+351912345678", "verified": True}


async def open_case(services: SteppedServices) -> None:
    """An open case of the customer, owned by the service advisor."""
    row = {
        "dealer_id": DEALER,
        "case_id": "case-1",
        "customer_id": "C-1",
        "status": "open",
        "owner_role": "service_advisor",
        "owner_staff_id": "SA-1",
        "opened_at": services.clock(),
        "newest_event_at": services.clock(),
        "last_activity_at": services.clock(),
    }
    async with services.database.transaction() as connection:
        await connection.execute(insert(journey_case).values(row))


async def speak(services: SteppedServices, topics: tuple[str, ...] = (), **given: Any) -> str:
    """A person says something about the case; answers the notification's id."""
    said = {"staff_id": "PS-1", "kind": "answer", "text": "The part has come.", "params": {}, **given}
    async with services.database.transaction() as connection:
        matter = Matter(DEALER, "C-1", "case-1", None, topics)
        return await queue_message(connection, matter, Words(**said), services.clock())


async def write_in(services: SteppedServices, channel: str, ago: timedelta) -> None:
    """The customer has written to us, and says that no reply is needed, so that there is no acknowledgement."""
    new = NewContact(
        dealer_id=DEALER,
        customer_id="C-1",
        direction="inbound",
        channel=channel,
        at=services.clock() - ago,
        kind="courtesy",
    )
    async with services.database.transaction() as connection:
        await lock_keys(connection, [record_key(DEALER, "C-1")])
        await record_contact(connection, playbook(), new, services.clock())


async def test_words_are_a_letter_signed_by_who_says_them(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(locale="en")
    await open_case(services)
    notification_id = await speak(services)
    await services.settle()
    (mail,) = services.mail.accepted
    lines = plain_text(mail).splitlines()
    assert lines[0] == "Dear Ana Sousa,"
    assert "The part has come." in lines
    assert lines[-3:] == ["Person PS-1", "Product Specialist", "Lisboa Motors"]
    assert mail["Subject"] == "A message from Lisboa Motors"
    (row,) = await services.notifications("MESSAGE")
    assert (row["notification_id"], row["channel"], row["status"]) == (notification_id, "email", "delivered")
    assert row["votes"]
    assert await services.records("handoff.notifications.v1") == ["queued", "sent", "delivered"]


@pytest.mark.parametrize(
    ("locale", "gender", "title"),
    [
        ("pt-PT", "f", "Especialista de Produto"),
        ("pt-PT", None, "Equipa de Serviço"),
        ("pt-PT", "f", "Assessora de Serviço"),
        ("pt-PT", "m", "Assessor de Serviço"),
        ("es", "f", "Asesora de Servicio"),
        ("es", "x", "Equipo de Servicio"),
        ("en", "f", "Service Advisor"),
    ],
)
async def test_who_signs_has_a_title_of_their_gender(
    services: SteppedServices, locale: str, gender: str | None, title: str
) -> None:
    role = "product_specialist" if title.startswith("Especialista") else "service_advisor"
    await services.open_dealer({"SA-1": {"roles": [role], "name": "Chris Amaral", "gender": gender}})
    await services.add_customer(locale=locale)
    await open_case(services)
    await speak(services, staff_id="SA-1")
    await services.settle()
    (mail,) = services.mail.accepted
    assert plain_text(mail).splitlines()[-3:] == ["Chris Amaral", title, "Lisboa Motors"]


async def test_accepted_they_are_a_contact_of_that_kind_by_that_person(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    await services.post_infotainment_message()
    await services.settle()
    case_id = (await services.rows(select(journey_case.c.case_id)))[0]["case_id"]
    async with services.database.transaction() as connection:
        words = Words(staff_id="PS-1", kind="answer", text="The part has come.", params={})
        await queue_message(connection, Matter(DEALER, "C-1", case_id, None, ()), words, services.clock())
    await services.settle()
    said = (await services.rows(select(contact).order_by(contact.c.contact_id)))[-1]
    shown = ("direction", "channel", "kind", "staff_id", "case_id", "text")
    assert [said[name] for name in shown] == ["outbound", "email", "answer", "PS-1", case_id, "The part has come."]
    states = await services.rows(select(sla_timer.c.state).where(sla_timer.c.target == "first_response"))
    assert states == [{"state": "completed"}]


async def test_a_template_is_in_the_customers_language(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(locale="pt-PT")
    await open_case(services)
    await speak(services, text=None, template="call_back", params={"when": "amanhã às dez"})
    await services.settle()
    (mail,) = services.mail.accepted
    assert "voltaremos a telefonar-lhe: amanhã às dez." in plain_text(mail)


async def test_in_quiet_hours_they_wait(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(quiet_hours=NIGHT)
    await open_case(services)
    await speak(services)
    await services.settle()
    assert await services.statuses("MESSAGE") == [("email", "held")]
    assert await services.records("handoff.notifications.v1") == ["queued", "held"]
    await services.advance(hours=2, minutes=6)
    assert await services.statuses("MESSAGE") == [("email", "delivered")]


@pytest.mark.parametrize(
    ("channel", "minutes", "status"),
    [("email", 14, "delivered"), ("email", 15, "held"), ("message", 1, "held"), ("store", 1, "held")],
)
async def test_a_reply_within_a_quarter_of_an_hour_may_disturb_on_that_channel(
    services: SteppedServices, channel: str, minutes: int, status: str
) -> None:
    await services.open_dealer()
    await services.add_customer(quiet_hours=NIGHT)
    await open_case(services)
    await write_in(services, channel, timedelta(minutes=minutes))
    await speak(services)
    await services.settle()
    assert await services.statuses("MESSAGE") == [("email", status)]


@pytest.mark.parametrize(("minutes", "status"), [(14, "sent"), (15, "held")])
async def test_a_call_may_be_returned_within_a_quarter_of_an_hour(
    services: SteppedServices, minutes: int, status: str
) -> None:
    await services.open_dealer()
    await services.add_customer(quiet_hours=NIGHT, channels=[TELEPHONE])
    await open_case(services)
    await write_in(services, "telephone", timedelta(minutes=minutes))
    await speak(services)
    await services.settle()
    assert await services.statuses("MESSAGE") == [("telephone", status)]


async def test_a_call_does_not_make_a_call_of_what_is_written(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(channels=[MAIL, TELEPHONE])
    await open_case(services)
    await write_in(services, "telephone", timedelta(minutes=1))
    await speak(services)
    await services.settle()
    assert await services.statuses("MESSAGE") == [("email", "delivered")]


async def test_each_of_two_fresh_words_may_be_returned(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(quiet_hours=NIGHT)
    await open_case(services)
    await write_in(services, "email", timedelta(minutes=10))
    await write_in(services, "telephone", timedelta(minutes=1))
    await speak(services)
    await services.settle()
    assert await services.statuses("MESSAGE") == [("email", "delivered")]


async def test_a_fresh_event_makes_them_a_reply_too(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(quiet_hours=NIGHT)
    await open_case(services)
    await services.post_event(channel="email", at=services.clock() - timedelta(minutes=3))
    await speak(services)
    await services.settle()
    assert await services.statuses("MESSAGE") == [("email", "delivered")]


async def test_without_a_channel_the_owner_calls_and_the_call_is_that_contact(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(channels=[{"kind": "telephone", "address": "+351912345678", "verified": True}])
    await open_case(services)
    notification_id = await speak(services)
    await services.settle()
    (call,) = await services.tasks("CALL")
    assert (call["offered_to"], call["mode"]) == ("SA-1", "call_customer")
    await services.act(call["task_id"], "accept", "SA-1")
    await services.act(call["task_id"], "complete", "SA-1", outcome="spoke")
    await services.settle()
    assert [row["status"] for row in await services.notifications("MESSAGE")] == ["delivered"]
    said = (await services.rows(select(contact)))[-1]
    assert (said["notification_id"], said["kind"], said["staff_id"]) == (notification_id, "answer", "SA-1")


@pytest.mark.parametrize(
    ("kind", "minutes", "planned"),
    [
        ("answer", 20, [("telephone", "sent")]),
        ("estimate", 20, [("telephone", "sent")]),
        ("update", 20, [("email", "held")]),
        ("answer", 61, [("email", "held")]),
    ],
)
async def test_an_answer_that_would_be_held_past_its_time_is_a_call(
    services: SteppedServices, kind: str, minutes: int, planned: list[tuple[str, str]]
) -> None:
    """The customer wrote at ten and was told: by eleven. It is quiet until twelve."""
    await services.open_dealer()
    await services.add_customer(channels=[MAIL, TELEPHONE], quiet_hours=NIGHT)
    await services.post_infotainment_message()
    await services.settle()
    await services.advance(minutes=minutes)
    (case,) = await services.rows(select(journey_case.c.case_id))
    async with services.database.transaction() as connection:
        words = Words(staff_id="PS-1", kind=kind, text="The part has come.", params={})
        await queue_message(connection, Matter(DEALER, "C-1", case["case_id"], None, ()), words, services.clock())
    await services.settle()
    assert await services.statuses("MESSAGE") == planned


async def test_an_answer_held_to_a_time_before_it_is_due_is_held(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(quiet_hours=[{"from": "09:30", "to": "10:59"}])
    await services.post_infotainment_message()
    await services.settle()
    await services.advance(minutes=20)
    (case,) = await services.rows(select(journey_case.c.case_id))
    async with services.database.transaction() as connection:
        words = Words(staff_id="PS-1", kind="answer", text="The part has come.", params={})
        await queue_message(connection, Matter(DEALER, "C-1", case["case_id"], None, ()), words, services.clock())
    await services.settle()
    assert await services.statuses("MESSAGE") == [("email", "held")]
    await services.advance(minutes=40)
    assert await services.statuses("MESSAGE") == [("email", "delivered")]
    (row,) = await services.rows(select(sla_timer).where(sla_timer.c.target == "first_response"))
    assert (row["state"], row["breached_at"]) == ("completed", None)


async def test_words_about_a_task_stay_with_it_when_somebody_calls(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(channels=[{"kind": "telephone", "address": "+351912345678", "verified": True}])
    await services.post_infotainment_message(channel="store")
    await services.settle()
    (task,) = await services.tasks(INFOTAINMENT_TO_PRODUCT_SPECIALIST)
    async with services.database.transaction() as connection:
        words = Words(staff_id="PS-1", kind="answer", text="The part has come.", params={})
        await queue_message(
            connection, Matter(DEALER, "C-1", task["case_id"], task["task_id"], ()), words, services.clock()
        )
    await services.settle()
    (call,) = await services.tasks("CALL")
    await services.act(call["task_id"], "accept", "SA-1")
    await services.act(call["task_id"], "complete", "SA-1", outcome="no_answer")
    await services.settle()
    assert [(row["channel"], row["status"], row["task_id"]) for row in await services.notifications("MESSAGE")] == [
        ("telephone", "failed", task["task_id"]),
        (None, "failed", task["task_id"]),
    ]


async def test_with_no_way_left_the_owner_is_to_find_one(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(channels=[])
    await open_case(services)
    await speak(services)
    await services.settle()
    assert await services.statuses("MESSAGE") == [(None, "failed")]
    assert len(await services.tasks("UNREACHABLE")) == 1


async def test_after_a_failure_the_same_words_go_another_way(services: SteppedServices) -> None:
    await services.open_dealer()
    telephone = {"kind": "telephone", "address": "+351912345678", "verified": True}
    mail = {"kind": "email", "address": "refused@example.pt", "verified": True}
    await services.add_customer(channels=[mail, telephone])
    await open_case(services)
    services.mail.behaviour.append("550")
    await speak(services)
    await services.settle()
    assert await services.statuses("MESSAGE") == [("email", "failed"), ("telephone", "sent")]


async def test_an_address_of_which_somebody_unsubscribed_is_open_to_safety_alone(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    await open_case(services)
    async with services.database.transaction() as connection:
        hashed = address_hash("email", "ana@example.pt")
        await suppress(connection, DEALER, "email", hashed, "unsubscribed", services.clock())
    await speak(services)
    await speak(services, topics=("recall",))
    await services.settle()
    assert await services.statuses("MESSAGE") == [(None, "failed"), ("email", "delivered")]
    async with services.database.transaction() as connection:
        await suppress(connection, DEALER, "email", hashed, "bounce", services.clock())
    await speak(services, topics=("recall",))
    await services.settle()
    assert (await services.statuses("MESSAGE"))[-1] == (None, "failed")


async def test_mails_to_customers_carry_a_link_of_their_own_and_those_to_staff_none(services: SteppedServices) -> None:
    services.public_url = "https://handoff.example/with/a/rather/long/way/to/the/place/where/people/unsubscribe"
    await services.open_dealer()
    await services.add_customer()
    await services.post_infotainment_message()
    await services.settle()
    by_name = {mail["To"].addresses[0].addr_spec: mail for mail in services.mail.accepted}
    to_customer, to_staff = by_name["ana@example.pt"], by_name["ps-1@lisboa.example"]
    link = to_customer["List-Unsubscribe"]
    assert link.startswith(f"<{services.public_url}/u/")
    assert to_customer["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert to_staff["List-Unsubscribe"] is None
    (row,) = await services.rows(select(unsubscribe_link))
    assert (row["customer_id"], row["purpose"], row["channel"]) == ("C-1", "service", "email")
    assert row["address_hash"] == address_hash("email", "ana@example.pt")


async def test_without_a_public_address_there_is_no_link(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    await open_case(services)
    await speak(services)
    await services.settle()
    (mail,) = services.mail.accepted
    assert mail["List-Unsubscribe"] is None
    assert await services.rows(select(unsubscribe_link)) == []
