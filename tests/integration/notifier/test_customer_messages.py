"""What customers are told by themselves: receipt of a message, and the progress of a repair."""

from datetime import UTC, datetime, timedelta

import pytest
from postoffice import OFFICE, PostOffice
from sqlalchemy import select

from shared.db.schema import contact, customer, sla_timer

pytestmark = pytest.mark.database

ANA = "ana@example.pt"
NIGHT = [{"from": "21:00", "to": "08:00"}]


async def test_a_message_is_acknowledged_with_the_time_of_the_answer(office: PostOffice) -> None:
    await office.open()
    await office.meet(locale="pt-PT")
    await office.message()
    await office.settle()
    assert office.mail.to(ANA) == ["Recebemos a sua mensagem"]
    text = office.mail.text_to(ANA)
    assert "Exmo.(a) Senhor(a) Ana Sousa," in text
    assert "segunda-feira, 23 de novembro de 2026, às 11:00" in text
    assert text.splitlines()[-2:] == ["Assessor(a) de Serviço", "Lisboa Motors"]


async def test_an_acknowledgement_stops_acknowledgement_only(office: PostOffice) -> None:
    await office.open()
    await office.meet()
    await office.message()
    await office.settle()
    timers = {row["rule"]: row for row in await office.rows(select(sla_timer).where(sla_timer.c.subject == "case"))}
    assert timers["T-02"]["state"] == "completed"
    assert timers["T-02"]["breached_at"] is None
    assert timers["T-03"]["state"] == "running"
    (made,) = await office.rows(select(contact))
    assert (made["direction"], made["channel"], made["kind"]) == ("outbound", "email", "acknowledgement")
    assert made["case_id"] == timers["T-02"]["case_id"]


async def test_the_acknowledgement_waits_for_the_case_to_be_found(office: PostOffice) -> None:
    await office.open()
    await office.meet()
    await office.message()
    await office.hear()
    assert await office.deliver() == 0
    assert await office.statuses("ACK") == [("email", "queued")]
    await office.route()
    office.real.advance(timedelta(seconds=1))
    assert await office.deliver() >= 1
    assert "11:00" in office.mail.text_to(ANA)


async def test_an_event_nobody_routes_is_acknowledged_without_a_time(office: PostOffice) -> None:
    await office.open()
    await office.meet()
    await office.message()
    await office.hear()
    await office.deliver()
    office.real.advance(timedelta(minutes=2))
    await office.deliver()
    assert office.mail.subjects() == ["We have received your message"]
    assert "at the latest" not in office.mail.text_to(ANA)


async def test_a_time_that_has_passed_is_promised_to_nobody(office: PostOffice) -> None:
    await office.open()
    await office.meet()
    await office.message(at=office.clock() - timedelta(days=3))
    await office.settle()
    assert [row["state"] for row in await office.rows(select(sla_timer)) if row["rule"] == "T-03"] == ["running"]
    assert office.mail.to(ANA) == ["We have received your message"]
    assert "at the latest" not in office.mail.text_to(ANA)


async def test_history_is_never_answered(office: PostOffice) -> None:
    await office.open()
    await office.meet()
    await office.message(intent="history")
    await office.post(step=17, occurrences=["repair_status_changed"], intent="history")
    await office.settle()
    assert await office.notices() == []


async def test_an_event_told_twice_is_acknowledged_once(office: PostOffice) -> None:
    await office.open()
    await office.meet()
    await office.message()
    await office.hear()
    office._read_to.clear()
    await office.database.engine.dispose()
    async with office.database.transaction() as connection:
        await connection.exec_driver_sql("delete from inbox where consumer = 'notifier'")
    await office.settle()
    assert office.mail.to(ANA) == ["We have received your message"]


async def test_a_message_already_answered_is_not_acknowledged(office: PostOffice) -> None:
    await office.open()
    await office.meet()
    await office.message()
    await office.route()
    await office.answer()
    await office.settle()
    assert await office.statuses("ACK") == [("email", "withdrawn")]
    assert office.mail.to(ANA) == []


@pytest.mark.parametrize(("minutes", "status"), [(10, "delivered"), (15, "held")])
async def test_a_reply_within_fifteen_minutes_disturbs_quiet_hours_on_its_channel(
    office: PostOffice, minutes: int, status: str
) -> None:
    await office.open()
    await office.meet(quiet_hours=NIGHT)
    office.clock.advance(timedelta(hours=12))
    await office.message(channel="email", at=office.clock() - timedelta(minutes=minutes))
    await office.settle()
    assert await office.statuses("ACK") == [("email", status)]


async def test_by_another_channel_the_reply_waits_for_the_morning(office: PostOffice) -> None:
    await office.open()
    await office.meet(quiet_hours=NIGHT)
    office.clock.advance(timedelta(hours=12))
    await office.message()
    await office.settle()
    (held,) = await office.notices("ACK")
    morning = datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert held["status"] == "held"
    assert morning <= held["not_before"] < morning + timedelta(minutes=5)
    await office.advance(hours=10, minutes=5)
    assert await office.statuses("ACK") == [("email", "delivered")]


async def test_the_status_of_a_repair_is_told_and_recorded(office: PostOffice) -> None:
    await office.open()
    await office.meet()
    await office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"])
    await office.settle()
    assert office.mail.to(ANA) == ["News of the work on your vehicle"]
    assert [row["kind"] for row in await office.rows(select(contact))] == ["update"]
    kinds = await office.records("handoff.notifications.v1")
    assert [kind for kind in kinds if kind != "queued"][-2:] == ["sent", "delivered"]


async def test_a_held_message_asks_for_consent_again(office: PostOffice) -> None:
    await office.open()
    await office.meet(quiet_hours=NIGHT)
    office.clock.advance(timedelta(hours=12))
    await office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"])
    await office.settle()
    assert await office.statuses("STATUS") == [("email", "held")]
    await office.change(consent={"service": False})
    await office.advance(hours=11)
    (row,) = await office.notices("STATUS")
    assert (row["status"], row["code"]) == ("withdrawn", "opted_out")
    assert await office.tasks("UNREACHABLE") == []


async def test_a_held_message_moves_to_the_channel_wished_for_meanwhile(office: PostOffice) -> None:
    await office.open()
    await office.meet(quiet_hours=NIGHT)
    office.clock.advance(timedelta(hours=12))
    await office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"])
    await office.settle()
    await office.change(channels=[{"kind": "telephone", "address": "+351210000001", "verified": True}])
    await office.advance(hours=11)
    assert await office.statuses("STATUS") == [("email", "withdrawn"), ("telephone", "sent")]
    assert [task["entry"] for task in await office.tasks("CALL")] == ["CALL"]


async def test_a_held_message_is_withdrawn_once_its_case_is_closed(office: PostOffice) -> None:
    await office.open()
    await office.meet(quiet_hours=NIGHT)
    office.clock.advance(timedelta(hours=12))
    await office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"])
    await office.settle()
    async with office.database.transaction() as connection:
        await connection.exec_driver_sql("update journey_case set status = 'closed'")
    await office.advance(hours=11)
    assert await office.statuses("STATUS") == [("email", "withdrawn")]
    assert office.mail.to(ANA) == []


PHONE = {"kind": "telephone", "address": "+351210000001", "verified": True}
POST = {"kind": "post", "address": "Rua A 1", "verified": True}


async def test_a_call_is_a_task_of_the_customer_owner(office: PostOffice) -> None:
    await office.open()
    await office.meet(channels=[PHONE, POST])
    await office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"])
    await office.settle()
    (call,) = await office.tasks("CALL")
    assert (call["kind"], call["mode"], call["matter"]) == ("reminder", "call_customer", "service")
    assert (call["to_role"], call["offered_to"]) == ("service_advisor", "SA-1")
    assert await office.statuses("STATUS") == [("telephone", "sent")]
    await office.act(call["task_id"], "accept", "SA-1")
    await office.act(call["task_id"], "complete", "SA-1", outcome="spoke")
    await office.settle()
    assert await office.statuses("STATUS") == [("telephone", "delivered")]
    (made,) = await office.rows(select(contact))
    assert (made["channel"], made["outcome"], made["kind"], made["staff_id"]) == (
        "telephone",
        "spoke",
        "update",
        "SA-1",
    )


@pytest.mark.parametrize("outcome", ["no_answer", "voicemail", "refused"])
async def test_a_call_in_vain_leads_to_the_next_channel_and_then_to_unreachable(
    office: PostOffice, outcome: str
) -> None:
    await office.open()
    await office.meet(channels=[PHONE, POST])
    await office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"])
    await office.settle()
    for entry, channel in (("CALL", "telephone"), ("LETTER", "post")):
        (task,) = await office.tasks(entry)
        await office.act(task["task_id"], "accept", "SA-1")
        await office.act(task["task_id"], "complete", "SA-1", outcome=outcome)
        await office.settle()
        assert (channel, "failed") in await office.statuses("STATUS")
    (last,) = await office.tasks("UNREACHABLE")
    assert (last["mode"], last["to_role"], last["kind"]) == ("reach_customer", "service_advisor", "reminder")
    assert last["packet"]["unreachable"] is True
    assert [row["unreachable"] for row in await office.rows(select(customer.c.unreachable))] == [True]


@pytest.mark.parametrize(
    ("outcome", "came_of_it"),
    [
        ("spoke", [("telephone", "delivered")]),
        ("no_answer", [("telephone", "failed"), ("post", "sent")]),
    ],
)
async def test_a_call_given_to_another_role_is_still_that_call(
    office: PostOffice, outcome: str, came_of_it: list[tuple[str, str]]
) -> None:
    await office.open()
    await office.meet(channels=[PHONE, POST])
    await office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"])
    await office.settle()
    (call,) = await office.tasks("CALL")
    await office.act(call["task_id"], "accept", "SA-1")
    await office.act(call["task_id"], "reassign", "SA-1", to_role="salesperson")
    await office.settle()
    (_, other) = await office.tasks("CALL")
    assert (other["status"], other["offered_to"]) == ("offered", "SP-1")
    assert [row["task_id"] for row in await office.notices("STATUS")] == [other["task_id"]]
    await office.act(other["task_id"], "accept", "SP-1")
    await office.act(other["task_id"], "complete", "SP-1", outcome=outcome)
    await office.settle()
    assert await office.statuses("STATUS") == came_of_it


async def test_unreachable_is_one_task_a_case_and_ends_when_the_customer_is_heard(office: PostOffice) -> None:
    await office.open()
    await office.meet(channels=[])
    for _ in range(2):
        await office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"])
        await office.settle()
    assert len(await office.tasks("UNREACHABLE")) == 1
    assert [row["unreachable"] for row in await office.rows(select(customer.c.unreachable))] == [True]
    await office.post(step=17, channel="message", topics=["repair"])
    await office.settle()
    assert [row["unreachable"] for row in await office.rows(select(customer.c.unreachable))] == [False]


async def test_an_acknowledgement_never_becomes_a_task(office: PostOffice) -> None:
    await office.open()
    await office.meet(channels=[PHONE])
    await office.message()
    await office.settle()
    (row,) = await office.notices("ACK")
    assert (row["channel"], row["status"], row["code"]) == (None, "failed", "no_channel")
    assert await office.tasks("CALL") == []
    assert await office.tasks("UNREACHABLE") == []


async def test_with_no_channel_configured_nothing_is_sent_and_no_task_made(office: PostOffice) -> None:
    await office.open()
    await office.meet(channels=[PHONE])
    office.channels.clear()
    await office.post(step=17, occurrences=["repair_status_changed"], topics=["repair"], channel="message")
    await office.settle()
    rows = await office.notices()
    assert {(row["status"], row["code"]) for row in rows} == {("failed", "no_channel_configured")}
    assert await office.tasks("CALL") == []
    assert "failed" in await office.records("handoff.notifications.v1")


async def test_the_votes_say_why(office: PostOffice) -> None:
    await office.open()
    await office.meet(
        channels=[
            {"kind": "sms", "address": "+351910000001", "verified": True},
            {"kind": "email", "address": ANA, "verified": True},
        ]
    )
    await office.message()
    await office.settle()
    (row,) = await office.notices("ACK")
    refused = [(vote["layer"], vote["channel"]) for vote in row["votes"] if not vote["allowed"]]
    assert refused == [("settings", "sms")]
    assert row["channel"] == "email"


async def test_the_zone_is_the_customers(office: PostOffice) -> None:
    await office.open()
    await office.meet(time_zone="Atlantic/Azores")
    await office.message()
    await office.settle()
    assert "10:00" in office.mail.text_to(ANA)


async def test_a_customer_is_addressed_by_salutation_and_gender(office: PostOffice) -> None:
    await office.open()
    await office.meet(locale="pt-PT", salutation="Sra. Dra.", gender="f")
    await office.message()
    await office.settle()
    assert office.mail.text_to(ANA).startswith("Exma. Sra. Dra. Ana Sousa,")


async def test_who_reads_a_language_we_lack_gets_the_dealers_choice(office: PostOffice) -> None:
    await office.open(locale="pt-PT", fallback_locale="es")
    await office.meet(locale="fr-FR")
    await office.message()
    await office.settle()
    assert office.mail.to(ANA) == ["Hemos recibido su mensaje"]


async def test_a_weekend_message_is_acknowledged_at_once_for_monday(office: PostOffice) -> None:
    await office.open(calendars={"default": {"week": OFFICE}})
    await office.meet()
    office.clock.advance(timedelta(days=5))
    await office.message()
    await office.settle()
    assert await office.statuses("ACK") == [("email", "delivered")]
    assert "Monday, 30 November 2026 at 10:00" in office.mail.text_to(ANA)
