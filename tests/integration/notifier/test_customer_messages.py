"""What customers are told by themselves: receipt of a message, and the progress of a repair."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from harness.names import MESSAGE_ACKNOWLEDGEMENT, MESSAGE_ANSWER, REPAIR_STATUS_CHANGED, REPAIR_VEHICLE
from harness.people import OFFICE_HOURS
from harness.stepped_services import SteppedServices
from shared.db.schema import contact, customer, journey_case, sla_timer

pytestmark = pytest.mark.database

ANA = "ana@example.pt"
NIGHT = [{"from": "21:00", "to": "08:00"}]


async def test_a_message_is_acknowledged_with_the_time_of_the_answer(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(locale="pt-PT")
    await services.post_infotainment_message()
    await services.settle()
    assert services.mail.to(ANA) == ["Recebemos a sua mensagem"]
    text = services.mail.text_to(ANA)
    assert "Exmo.(a) Senhor(a) Ana Sousa," in text
    assert "segunda-feira, 23 de novembro de 2026, às 11:00" in text
    assert text.splitlines()[-2:] == ["A sua equipa de serviço", "Lisboa Motors"]


async def test_an_acknowledgement_stops_acknowledgement_only(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    await services.post_infotainment_message()
    await services.settle()
    timers = {row["rule"]: row for row in await services.rows(select(sla_timer).where(sla_timer.c.subject == "case"))}
    assert timers[MESSAGE_ACKNOWLEDGEMENT]["state"] == "completed"
    assert timers[MESSAGE_ACKNOWLEDGEMENT]["breached_at"] is None
    assert timers[MESSAGE_ANSWER]["state"] == "running"
    (made,) = await services.rows(select(contact))
    assert (made["direction"], made["channel"], made["kind"]) == ("outbound", "email", "acknowledgement")
    assert made["case_id"] == timers[MESSAGE_ACKNOWLEDGEMENT]["case_id"]


async def test_the_acknowledgement_waits_for_the_case_to_be_found(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    await services.post_infotainment_message()
    await services.notify()
    assert await services.deliver() == 0
    assert await services.statuses("ACK") == [("email", "queued")]
    await services.route()
    services.real.advance(timedelta(seconds=1))
    assert await services.deliver() >= 1
    assert "11:00" in services.mail.text_to(ANA)


async def test_an_event_nobody_routes_is_acknowledged_without_a_time(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    await services.post_infotainment_message()
    await services.notify()
    await services.deliver()
    services.real.advance(timedelta(minutes=2))
    await services.deliver()
    assert services.mail.subjects() == ["We have received your message"]
    assert "at the latest" not in services.mail.text_to(ANA)


async def test_a_time_that_has_passed_is_promised_to_nobody(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    await services.post_infotainment_message(at=services.clock() - timedelta(days=3))
    await services.settle()
    assert [row["state"] for row in await services.rows(select(sla_timer)) if row["rule"] == MESSAGE_ANSWER] == [
        "running"
    ]
    assert services.mail.to(ANA) == ["We have received your message"]
    assert "at the latest" not in services.mail.text_to(ANA)


async def test_history_is_never_answered(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    await services.post_infotainment_message(intent="history")
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], intent="history")
    await services.settle()
    assert await services.notifications() == []


async def test_an_event_told_twice_is_acknowledged_once(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    await services.post_infotainment_message()
    await services.notify()
    services.read_again()
    await services.database.engine.dispose()
    async with services.database.transaction() as connection:
        await connection.exec_driver_sql("delete from inbox where consumer = 'notifier'")
    await services.settle()
    assert services.mail.to(ANA) == ["We have received your message"]


async def test_a_message_already_answered_is_not_acknowledged(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    await services.post_infotainment_message()
    await services.route()
    await services.answer_customer()
    await services.settle()
    assert await services.statuses("ACK") == [("email", "withdrawn")]
    assert services.mail.to(ANA) == []


@pytest.mark.parametrize(("minutes", "status"), [(10, "delivered"), (15, "held")])
async def test_a_reply_within_fifteen_minutes_disturbs_quiet_hours_on_its_channel(
    services: SteppedServices, minutes: int, status: str
) -> None:
    await services.open_dealer()
    await services.add_customer(quiet_hours=NIGHT)
    services.clock.advance(timedelta(hours=12))
    await services.post_infotainment_message(channel="email", at=services.clock() - timedelta(minutes=minutes))
    await services.settle()
    assert await services.statuses("ACK") == [("email", status)]


async def test_by_another_channel_the_reply_waits_for_the_morning(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(quiet_hours=NIGHT)
    services.clock.advance(timedelta(hours=12))
    await services.post_infotainment_message()
    await services.settle()
    (held,) = await services.notifications("ACK")
    morning = datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert held["status"] == "held"
    assert morning <= held["scheduled_for"] < morning + timedelta(minutes=5)
    await services.advance(hours=10, minutes=5)
    assert await services.statuses("ACK") == [("email", "delivered")]


async def test_the_status_of_a_repair_is_told_and_recorded(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer()
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.settle()
    assert services.mail.to(ANA) == ["News of the work on your vehicle"]
    assert [row["kind"] for row in await services.rows(select(contact))] == ["update"]
    kinds = await services.records("handoff.notifications.v1")
    assert [kind for kind in kinds if kind != "queued"][-2:] == ["sent", "delivered"]


async def test_a_held_message_asks_for_consent_again(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(quiet_hours=NIGHT)
    services.clock.advance(timedelta(hours=12))
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.settle()
    assert await services.statuses("STATUS") == [("email", "held")]
    await services.change_customer(consent={"service": False})
    await services.advance(hours=11)
    (row,) = await services.notifications("STATUS")
    assert (row["status"], row["code"]) == ("withdrawn", "opted_out")
    assert await services.tasks("UNREACHABLE") == []


async def test_a_held_message_moves_to_the_channel_wished_for_meanwhile(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(quiet_hours=NIGHT)
    services.clock.advance(timedelta(hours=12))
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.settle()
    await services.change_customer(channels=[{"kind": "telephone", "address": "+351210000001", "verified": True}])
    await services.advance(hours=11)
    assert await services.statuses("STATUS") == [("email", "withdrawn"), ("telephone", "sent")]
    assert [task["entry"] for task in await services.tasks("CALL")] == ["CALL"]


async def test_a_held_message_is_withdrawn_once_its_case_is_closed(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(quiet_hours=NIGHT)
    services.clock.advance(timedelta(hours=12))
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.settle()
    async with services.database.transaction() as connection:
        await connection.exec_driver_sql("update journey_case set status = 'closed'")
    await services.advance(hours=11)
    assert await services.statuses("STATUS") == [("email", "withdrawn")]
    assert services.mail.to(ANA) == []


PHONE = {"kind": "telephone", "address": "+351210000001", "verified": True}
POST = {"kind": "post", "address": "Rua A 1", "verified": True}


async def test_a_call_is_a_task_of_the_customer_owner(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(channels=[PHONE, POST])
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.settle()
    (call,) = await services.tasks("CALL")
    assert (call["kind"], call["mode"], call["matter"]) == ("reminder", "call_customer", "service")
    assert (call["to_role"], call["offered_to"]) == ("service_advisor", "SA-1")
    assert await services.statuses("STATUS") == [("telephone", "sent")]
    await services.act(call["task_id"], "accept", "SA-1")
    await services.act(call["task_id"], "complete", "SA-1", outcome="spoke")
    await services.settle()
    assert await services.statuses("STATUS") == [("telephone", "delivered")]
    (made,) = await services.rows(select(contact))
    assert (made["channel"], made["outcome"], made["kind"], made["staff_id"]) == (
        "telephone",
        "spoke",
        "update",
        "SA-1",
    )


@pytest.mark.parametrize("outcome", ["no_answer", "voicemail", "refused"])
async def test_a_call_in_vain_leads_to_the_next_channel_and_then_to_unreachable(
    services: SteppedServices, outcome: str
) -> None:
    await services.open_dealer()
    await services.add_customer(channels=[PHONE, POST])
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.settle()
    for entry, channel in (("CALL", "telephone"), ("LETTER", "post")):
        (task,) = await services.tasks(entry)
        await services.act(task["task_id"], "accept", "SA-1")
        await services.act(task["task_id"], "complete", "SA-1", outcome=outcome)
        await services.settle()
        assert (channel, "failed") in await services.statuses("STATUS")
    (last,) = await services.tasks("UNREACHABLE")
    assert (last["mode"], last["to_role"], last["kind"]) == ("reach_customer", "service_advisor", "reminder")
    assert last["packet"]["unreachable"] is True
    assert [row["unreachable"] for row in await services.rows(select(customer.c.unreachable))] == [True]


@pytest.mark.parametrize(
    ("outcome", "came_of_it"),
    [
        ("spoke", [("telephone", "delivered")]),
        ("no_answer", [("telephone", "failed"), ("post", "sent")]),
    ],
)
async def test_a_call_given_to_another_role_is_still_that_call(
    services: SteppedServices, outcome: str, came_of_it: list[tuple[str, str]]
) -> None:
    await services.open_dealer()
    await services.add_customer(channels=[PHONE, POST])
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.settle()
    (call,) = await services.tasks("CALL")
    await services.act(call["task_id"], "accept", "SA-1")
    await services.act(call["task_id"], "reassign", "SA-1", to_role="salesperson")
    await services.settle()
    (_, other) = await services.tasks("CALL")
    assert (other["status"], other["offered_to"]) == ("offered", "SP-1")
    assert [row["task_id"] for row in await services.notifications("STATUS")] == [other["task_id"]]
    await services.act(other["task_id"], "accept", "SP-1")
    await services.act(other["task_id"], "complete", "SP-1", outcome=outcome)
    await services.settle()
    assert await services.statuses("STATUS") == came_of_it


async def test_unreachable_is_one_task_a_case_and_ends_when_the_customer_is_heard(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(channels=[])
    for _ in range(2):
        await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
        await services.settle()
    assert len(await services.tasks("UNREACHABLE")) == 1
    assert [row["unreachable"] for row in await services.rows(select(customer.c.unreachable))] == [True]
    await services.post_event(step=REPAIR_VEHICLE, channel="message", topics=["repair"])
    await services.settle()
    assert [row["unreachable"] for row in await services.rows(select(customer.c.unreachable))] == [False]


async def test_an_acknowledgement_never_becomes_a_task(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(channels=[PHONE])
    await services.post_infotainment_message()
    await services.settle()
    (row,) = await services.notifications("ACK")
    assert (row["channel"], row["status"], row["code"]) == (None, "failed", "no_channel")
    assert await services.tasks("CALL") == []
    assert await services.tasks("UNREACHABLE") == []


async def the_cases(services: SteppedServices) -> set[str | None]:
    """The id of the one case there is."""
    cases = {row["case_id"] for row in await services.rows(select(journey_case.c.case_id))}
    assert len(cases) == 1
    return cases


async def test_what_cannot_go_knows_its_case_though_it_was_planned_before_the_case_was_found(
    services: SteppedServices,
) -> None:
    await services.open_dealer()
    await services.add_customer(channels=[])
    await services.post_infotainment_message()
    await services.notify()
    assert await services.statuses("ACK") == [(None, "held")]
    await services.settle()
    (row,) = await services.notifications("ACK")
    assert (row["status"], row["code"]) == ("failed", "no_channel")
    assert {row["case_id"]} == await the_cases(services)


@pytest.mark.parametrize("channels", [[], None], ids=["held", "queued"])
async def test_what_is_answered_before_it_goes_knows_its_case(
    services: SteppedServices, channels: list[Any] | None
) -> None:
    await services.open_dealer()
    await services.add_customer(**({} if channels is None else {"channels": channels}))
    await services.post_infotainment_message()
    await services.notify()
    await services.route()
    await services.answer_customer()
    await services.settle()
    (row,) = await services.notifications("ACK")
    assert (row["status"], row["code"]) == ("withdrawn", "closed")
    assert {row["case_id"]} == await the_cases(services)


async def test_what_goes_another_way_knows_its_case_on_both(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(channels=[])
    await services.post_event(step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"])
    await services.notify()
    await services.change_customer(channels=[PHONE])
    await services.settle()
    rows = await services.notifications("STATUS")
    assert [(row["channel"], row["status"]) for row in rows] == [(None, "withdrawn"), ("telephone", "sent")]
    assert {row["case_id"] for row in rows} == await the_cases(services)


async def test_with_no_channel_configured_nothing_is_sent_and_no_task_made(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(channels=[PHONE])
    services.channels.clear()
    await services.post_event(
        step=REPAIR_VEHICLE, occurrences=[REPAIR_STATUS_CHANGED], topics=["repair"], channel="message"
    )
    await services.settle()
    rows = await services.notifications()
    assert {(row["status"], row["code"]) for row in rows} == {("failed", "no_channel_configured")}
    assert await services.tasks("CALL") == []
    assert "failed" in await services.records("handoff.notifications.v1")


async def test_the_votes_say_why(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(
        channels=[
            {"kind": "sms", "address": "+351910000001", "verified": True},
            {"kind": "email", "address": ANA, "verified": True},
        ]
    )
    await services.post_infotainment_message()
    await services.settle()
    (row,) = await services.notifications("ACK")
    refused = [(vote["layer"], vote["channel"]) for vote in row["votes"] if not vote["allowed"]]
    assert refused == [("settings", "sms")]
    assert row["channel"] == "email"


async def test_the_zone_is_the_customers(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(time_zone="Atlantic/Azores")
    await services.post_infotainment_message()
    await services.settle()
    assert "10:00" in services.mail.text_to(ANA)


async def test_a_customer_is_addressed_by_salutation_and_gender(services: SteppedServices) -> None:
    await services.open_dealer()
    await services.add_customer(locale="pt-PT", salutation="Sra. Dra.", gender="f")
    await services.post_infotainment_message()
    await services.settle()
    assert services.mail.text_to(ANA).startswith("Exma. Sra. Dra. Ana Sousa,")


async def test_who_reads_a_language_we_lack_gets_the_dealers_choice(services: SteppedServices) -> None:
    await services.open_dealer(locale="pt-PT", fallback_locale="es")
    await services.add_customer(locale="fr-FR")
    await services.post_infotainment_message()
    await services.settle()
    assert services.mail.to(ANA) == ["Hemos recibido su mensaje"]


async def test_a_weekend_message_is_acknowledged_at_once_for_monday(services: SteppedServices) -> None:
    await services.open_dealer(calendars={"default": {"week": OFFICE_HOURS}})
    await services.add_customer()
    services.clock.advance(timedelta(days=5))
    await services.post_infotainment_message()
    await services.settle()
    assert await services.statuses("ACK") == [("email", "delivered")]
    assert "Monday, 30 November 2026 at 10:00" in services.mail.text_to(ANA)
