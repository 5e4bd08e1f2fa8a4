"""Cases whose lives go by chance, with news in time and late: at every step they are what their facts rebuild."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from handoff_local.cli.clock_migration import migrate_clocks
from harness.dealership import DEALER
from harness.names import (
    EARLY_PROBLEM,
    EARLY_PROBLEM_SOLUTION,
    EASY_ACCESS,
    MESSAGE_ANSWER,
    NEGATIVE_FEEDBACK_SOLUTION,
    OFFER_CLOCK,
    REMOTE_ENQUIRY_ANSWER,
)
from harness.people import OFFICE_HOURS
from harness.running_services import RunningServices
from harness.verification import at_odds
from shared.playbook.ruleset.entries import Playbook

pytestmark = pytest.mark.trial

CUSTOMER, CASE = "C-7", "K-1"
STEPS = 18
PAUSES = (1, 60, 300, 1_200, 3_600, 7_200, 40_000)
"""Seconds from one step to the next."""
LATE = (0, 0, 0, 100, 1_000, 5_000, 20_000)
"""Seconds by which news is late."""
EVENTS = (
    {"channel": "message"},
    {"channel": "email"},
    {"channel": "store"},
    {"occurrences": [EARLY_PROBLEM], "topics": ["infotainment"]},
    {"facts": {"feedback": {"sentiment": "negative", "about": ["service"]}}},
)
CONTACTS = (
    *({"direction": "outbound", "channel": "email", "kind": kind} for kind in ("answer", "update", "proposal")),
    {"direction": "outbound", "channel": "telephone", "kind": "update", "outcome": "no_answer"},
    *({"direction": "inbound", "channel": channel} for channel in ("email", "sms", "telephone")),
)
TARGETS: tuple[dict[str, Any], ...] = (
    {},
    {MESSAGE_ANSWER: {"duration": "PT30M"}, NEGATIVE_FEEDBACK_SOLUTION: {"duration": "PT6H"}},
    {
        OFFER_CLOCK: {"duration": "PT5M"},
        REMOTE_ENQUIRY_ANSWER: {"duration": "PT3H"},
        NEGATIVE_FEEDBACK_SOLUTION: {"duration": {"days": 2, "by": "16:00"}},
    },
    {EARLY_PROBLEM_SOLUTION: {"duration": "PT4H"}, MESSAGE_ANSWER: {"calendar": "none"}},
)
ACTS = {"accept": "offered", "decline": "offered", "wait": "accepted", "resume": "waiting", "complete": "accepted"}
"""What people do to tasks, and in which state."""
UNCLOCKED = text(
    """
    select t.task_id from task t join journey_case c using (dealer_id, case_id)
     where c.status = 'open' and t.kind = 'deliver' and t.status = 'offered' and t.offered_to is not null
       and not cast(t.offer->>'to_lead' as boolean)
       and not exists (select from sla_timer s where s.task_id = t.task_id and s.state = 'running')
    """
)


class Life:
    """A case to which one thing after another happens."""

    def __init__(self, services: RunningServices, seed: int) -> None:
        self.services = services
        self.chance = random.Random(seed)
        self.begun = services.clock()

    async def go_on(self) -> None:
        """Let some time pass, then one thing happen."""
        await self.services.advance(seconds=self.chance.choice(PAUSES))
        steps: tuple[Callable[[], Any], ...] = (self.see, self.talk, self.work, self.close, self.edit, self.migrate)
        (step,) = self.chance.choices(steps, weights=(5, 4, 5, 2, 1, 1))
        await step()

    async def see(self) -> None:
        """An event, perhaps late; a closed case it opens again."""
        await self._post(self.chance.choice(EVENTS))

    async def talk(self) -> None:
        """A contact, perhaps told late."""
        at = self._instant().isoformat()
        await self.services.contact(customer_id=CUSTOMER, case_id=CASE, at=at, **self.chance.choice(CONTACTS))

    async def work(self) -> None:
        """Whoever has a task does something to it."""
        action = self.chance.choice(list(ACTS))
        tasks = await self.services.tasks(case_id=CASE, kind="deliver", status=ACTS[action])
        if not tasks:
            return
        task = self.chance.choice(tasks)
        reasons = {"wait": self.chance.choice(["customer", "parts", "internal"]), "decline": "busy"}
        body = {"staff_id": task["assignee_id"] or task["offered_to"], "reason": reasons.get(action)}
        answer = await self.services.client.post(f"/v1/tasks/{task['task_id']}/{action}", json=body)
        # the role lead cannot decline, and to nobody nothing is done
        assert answer.status_code == 200 or action == "decline" or body["staff_id"] is None, answer.text
        await self.services.settle()

    async def close(self) -> None:
        """The case, whether it is open or closed already."""
        body = {"staff_id": "S-client_experience_manager", "outcome": "satisfied"}
        answer = await self.services.client.post(f"/v1/dealers/{DEALER}/cases/{CASE}/close", json=body)
        assert answer.status_code == 200, answer.text
        await self.services.settle()

    async def edit(self) -> None:
        """The dealer's targets, which reaches no running clock."""
        await self.services.rewrite_dealer(sla=self.chance.choice(TARGETS))

    async def migrate(self) -> None:
        """Running clocks to the targets in force."""
        async for _ in migrate_clocks(self.services.database, DEALER, self.services.clock(), apply=True):
            pass

    async def begin(self) -> None:
        """With a message."""
        await self._post(EVENTS[0])

    async def _post(self, said: dict[str, Any]) -> None:
        observer = {"role": "service_advisor", "staff_id": "S-service_advisor"}
        await self.services.post_event(
            customer_id=CUSTOMER, case_id=CASE, step=EASY_ACCESS, observed_by=observer, at=self._instant(), **said
        )

    def _instant(self) -> datetime:
        return max(self.begun, self.services.clock() - timedelta(seconds=self.chance.choice(LATE)))


@pytest.mark.parametrize("seed", range(1, 6))
async def test_a_life_is_what_its_facts_rebuild(services: RunningServices, playbook: Playbook, seed: int) -> None:
    """Decisions, tasks, clocks and due times; and no offer of an open case without its clock."""
    await services.open_dealer(**({"calendars": {"default": {"week": OFFICE_HOURS}}} if seed % 2 else {}))
    await services.add_staff("S-second", ["product_specialist"])
    await services.add_customer(CUSTOMER, existing=True)
    life = Life(services, seed)
    await life.begin()
    for _ in range(STEPS):
        await life.go_on()
        assert await at_odds(services, playbook) == []
        assert await services.rows(UNCLOCKED) == []
