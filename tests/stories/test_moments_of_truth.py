"""How a customer was treated is judged from what is stored: at once, and again when a late fact arrives."""

from typing import Any

import pytest
from sqlalchemy import select

from harness.names import EARLY_PROBLEM, EASY_ACCESS
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
