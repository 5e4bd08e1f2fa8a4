"""How a customer was treated is judged from what is stored: at once, and again when a late fact arrives."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from harness.names import EARLY_PROBLEM, EASY_ACCESS, REPAIR_VEHICLE
from harness.running_services import SERVICE_ADVISOR, RunningServices
from harness.verification import at_odds
from shared.db.schema import moment, moment_change
from shared.playbook.ruleset.entries import Playbook

CUSTOMER = "C-7"
WHATSAPP = {"kind": "whatsapp", "address": "+351912345678", "verified": True}


@pytest.fixture(autouse=True)
async def opened(services: RunningServices) -> None:
    """A dealer with one in every role, and a customer who prefers WhatsApp."""
    await services.open_dealer()
    await services.add_customer(CUSTOMER, name="Ana Sousa", channels=[WHATSAPP])


async def moments(services: RunningServices) -> dict[str, dict[str, Any]]:
    """The moments that are stored, by id."""
    return {row["moment_id"]: row for row in await services.rows(select(moment).order_by(moment.c.at))}


async def changes(services: RunningServices, moment_id: str) -> list[tuple[list[str], list[str], str, str]]:
    """What changed of a moment: flags before and after, and the cause."""
    query = select(moment_change).where(moment_change.c.moment_id == moment_id).order_by(moment_change.c.seq)
    names = ("flags_before", "flags_after", "cause_kind", "cause_id")
    return [tuple(row[name] for name in names) for row in await services.rows(query)]


async def write(services: RunningServices, **given: Any) -> str:
    """The customer writes; answers the event's id."""
    about = {"step": EASY_ACCESS, "channel": "message", "occurrences": [EARLY_PROBLEM], "topics": ["infotainment"]}
    observed = {"role": "service_advisor", "staff_id": SERVICE_ADVISOR}
    return await services.post_event(customer_id=CUSTOMER, observed_by=observed, **{**about, **given})


async def answer(services: RunningServices, **given: Any) -> str:
    """A person answers; answers the contact's id."""
    said = {"direction": "outbound", "channel": "message", "kind": "answer", "staff_id": SERVICE_ADVISOR, **given}
    return str((await services.contact(customer_id=CUSTOMER, **said))["contact_id"])


async def test_a_quick_answer_on_her_channel_enchants(services: RunningServices, playbook: Playbook) -> None:
    asked = await write(services)
    await services.advance(minutes=20)
    told = await answer(services)
    found = await moments(services)
    assert (found[asked]["kind"], found[asked]["direction"], found[asked]["score"]) == ("contact", "inbound", 0)
    assert (found[told]["flags"], found[told]["score"], found[told]["role"]) == (
        ["quick_and_hers"],
        1,
        "service_advisor",
    )
    assert await at_odds(services, playbook) == []


async def test_a_late_answer_moves_from_the_question_to_the_answer(
    services: RunningServices, playbook: Playbook
) -> None:
    """While nobody answers it is the question that shows it; both changes name the answer as their cause."""
    asked = await write(services)
    await services.advance(minutes=61)
    assert (await moments(services))[asked]["flags"] == ["late_answer"]
    told = await answer(services)
    found = await moments(services)
    assert (found[asked]["flags"], found[asked]["score"]) == ([], 0)
    assert (found[told]["flags"], found[told]["score"]) == (["late_answer"], -1)
    assert (await changes(services, asked))[-1] == (["late_answer"], [], "contact", told)
    assert await changes(services, told) == [([], ["late_answer"], "contact", told)]
    assert await at_odds(services, playbook) == []


async def test_a_late_event_changes_what_was_said(services: RunningServices, playbook: Playbook) -> None:
    """A question asked before the answer, known only afterwards, makes an answer of what was a lone contact."""
    await services.post_event(
        customer_id=CUSTOMER,
        step=EASY_ACCESS,
        observed_by={"role": "service_advisor"},
        occurrences=[EARLY_PROBLEM],
        topics=["infotainment"],
    )
    await services.advance(minutes=90)
    told = await answer(services)
    assert (await moments(services))[told]["flags"] == []
    asked = await write(services, at=services.clock() - timedelta(minutes=70))
    found = await moments(services)
    assert (found[asked]["score"], found[told]["flags"]) == (0, ["late_answer"])
    assert (await changes(services, told))[-1][:3] == ([], ["late_answer"], "contact")
    assert await at_odds(services, playbook) == []


async def test_she_is_told_of_by_a_notice_once_a_case_and_day(services: RunningServices, playbook: Playbook) -> None:
    """A vip's tragic moments go to the client experience manager: the first of a case on a day of the dealer."""
    await services.change_customer(CUSTOMER, vip=True)
    harsh = {"feedback": {"sentiment": "negative", "about": ["staff"]}}
    for minutes in (0, 5):
        await services.advance(minutes=minutes)
        await write(services, channel="store", facts=harsh, occurrences=["ownership_feedback_received"])
    tragic = [one for one in await services.notifications() if one["message"] == "TRAGIC"]
    assert [one["staff_id"] for one in tragic] == ["S-client_experience_manager"]
    await services.advance(days=1)
    await write(services, channel="store", facts=harsh, occurrences=["ownership_feedback_received"])
    assert len([one for one in await services.notifications() if one["message"] == "TRAGIC"]) == 2
    assert await at_odds(services, playbook) == []


async def test_a_second_tragic_moment_within_a_month_is_told(services: RunningServices) -> None:
    """One alone of an ordinary customer is not; nor one that is told of a week late."""
    harsh = {"facts": {"feedback": {"sentiment": "negative"}}, "occurrences": ["ownership_feedback_received"]}
    await write(services, channel="store", at=services.clock() - timedelta(days=9), **harsh)
    await write(services, channel="store", at=services.clock() - timedelta(days=8), **harsh)
    assert [one for one in await services.notifications() if one["message"] == "TRAGIC"] == []
    await write(services, channel="store", **harsh)
    assert [one["message"] for one in await services.notifications() if one["message"] == "TRAGIC"] == ["TRAGIC"]


async def test_the_packet_tells_how_she_was_treated(services: RunningServices) -> None:
    """Whoever takes her task reads it, as of the reading."""
    await write(services)
    await services.advance(minutes=61)
    task = (await services.tasks(customer_id=CUSTOMER))[0]
    packet = (await services.get(f"/v1/tasks/{task['task_id']}"))["packet"]
    worst = packet["experience"].pop("worst_open_moment")
    assert (worst["flags"], worst["score"], worst["step"]) == (["late_answer"], -1, EASY_ACCESS)
    assert packet["experience"] == {"last_score": -1, "broken_promises": 0, "tragic_moments": 1, "open_complaints": 0}
    journey = await services.get(f"/v1/dealers/{services.dealer_id}/customers/{CUSTOMER}/journey")
    assert [one["flags"] for step in journey["steps"] for one in step["moments"]] == [["late_answer"]]
    await services.advance(days=366)
    packet = (await services.get(f"/v1/tasks/{task['task_id']}"))["packet"]
    assert packet["experience"]["worst_open_moment"] is None
    assert packet["experience"]["tragic_moments"] == 0


async def test_a_broken_promise_is_tragic_and_one_beaten_enchants(
    services: RunningServices, playbook: Playbook
) -> None:
    """Each end of a promise is a moment; a word afterwards that it was kept in time takes the flag away."""
    await write(services)
    case_id = (await services.tasks(customer_id=CUSTOMER))[0]["case_id"]

    async def promise(**due: float) -> str:
        body = {
            "dealer_id": services.dealer_id,
            "customer_id": CUSTOMER,
            "case_id": case_id,
            "staff_id": SERVICE_ADVISOR,
            "kind": "other",
            "text": "The car is washed.",
            "due_at": (services.clock() + timedelta(**due)).isoformat(),
        }
        answered = await services.client.post("/v1/promises", json=body)
        assert answered.status_code == 201, answered.text
        return str(answered.json()["promise_id"])

    broken, beaten = await promise(hours=1), await promise(hours=9)
    kept = await services.client.post(f"/v1/promises/{beaten}/keep", json={})
    assert kept.status_code == 200, kept.text
    due_at = services.clock() + timedelta(hours=1)
    await services.advance(hours=1, seconds=1)
    found = await moments(services)
    assert {one: (found[one]["kind"], found[one]["flags"]) for one in (broken, beaten)} == {
        broken: ("promise", ["promise_broken"]),
        beaten: ("promise", ["promise_beaten"]),
    }
    in_time = {"at": (due_at - timedelta(minutes=1)).isoformat()}
    assert (await services.client.post(f"/v1/promises/{broken}/keep", json=in_time)).status_code == 200
    await services.settle()
    assert (await moments(services))[broken]["flags"] == []
    assert (await changes(services, broken))[-1][2:] == ("promise", broken)
    assert await at_odds(services, playbook) == []


async def test_a_case_passed_on_and_back_shows_at_the_next_contact(
    services: RunningServices, playbook: Playbook
) -> None:
    """The owner's role changes twice; the first contact after it carries the flag, and one voice is lost."""
    await write(services)
    case_id = (await services.tasks(customer_id=CUSTOMER))[0]["case_id"]
    for role in ("salesperson", "service_advisor"):
        await services.advance(minutes=1)
        body = {"role": role, "staff_id": f"S-{role}", "by": SERVICE_ADVISOR}
        moved = await services.client.post(f"/v1/dealers/{services.dealer_id}/cases/{case_id}/owner", json=body)
        assert moved.status_code == 200, moved.text
    await services.advance(minutes=1)
    told = await answer(services)
    assert "passed_on" in (await moments(services))[told]["flags"]
    closing = {"staff_id": SERVICE_ADVISOR, "outcome": "satisfied"}
    path = f"/v1/dealers/{services.dealer_id}/cases/{case_id}/close"
    assert (await services.client.post(path, json=closing)).status_code == 200
    await services.settle()
    (end,) = [one for one in (await moments(services)).values() if one["kind"] == "closing"]
    assert (end["id"], end["flags"], end["score"]) == (case_id, [], 0)
    assert await at_odds(services, playbook) == []


async def test_who_is_told_nothing_of_late_parts_is_kept_in_the_dark(
    services: RunningServices, playbook: Playbook
) -> None:
    """Nothing reaches the customer within the clock of the late part; a word in time would have spared it."""
    await services.change_customer(CUSTOMER, channels=[])
    late = {"step": REPAIR_VEHICLE, "channel": "store", "occurrences": [], "signals": ["parts_eta_slipped"]}
    silent = await write(services, **late, topics=["repair"])
    await services.advance(hours=5)
    assert "kept_in_the_dark" in (await moments(services))[silent]["flags"]
    assert await at_odds(services, playbook) == []


async def test_a_visitor_who_waits_too_long_is_received_late(services: RunningServices, playbook: Playbook) -> None:
    """The wait counts from the later of the date and her coming; five minutes unless the dealer says otherwise."""
    for number, (minutes, held) in enumerate(((5, []), (6, ["late_reception"]))):
        path = f"/v1/dealers/{services.dealer_id}/appointments/A-{number}"
        visit = {"customer_id": CUSTOMER, "kind": "service", "starts_at": services.clock().isoformat()}
        for status, wait in (("booked", 10), ("arrived", minutes), ("started", 0), ("done", 0)):
            answered = await services.client.put(path, json={**visit, "status": status})
            assert answered.is_success, answered.text
            await services.settle()
            await services.advance(minutes=wait)
        found = [one for one in (await moments(services)).values() if one["id"] == f"A-{number}"]
        assert [(one["kind"], one["flags"]) for one in found] == [("arrival", held), ("arrival", [])]
    assert await at_odds(services, playbook) == []
