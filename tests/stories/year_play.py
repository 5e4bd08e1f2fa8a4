"""Plays a year on the moving clock: each instant at which something happens or falls due, and the people's work."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from year_facts import Happening
from year_script import REPAIR_ENTRY, Closing, Completion, Contact, Event, Look, Record, Script, Step

from harness.dealership import DEALER, Dealership
from harness.running_services import RunningServices
from shared.lifecycle import Refused

GATE = "T-07"
LEFT_OPEN = {REPAIR_ENTRY, "CALL", "LETTER", "UNREACHABLE"}
"""Entries whose tasks are accepted and not completed at once: how a call ends is no matter of the year."""
MANAGER = "S-client_experience_manager"
_NEXT_DUE = text(
    """
    select least((select min(fire_at) from timer_due), (select min(scheduled_for) from notification
                                                         where status = 'held'))
    """
)
_OFFERED = text(
    "select task_id, offered_to, customer_id, entry from task"
    " where status = 'offered' and offered_to is not null and kind in ('deliver', 'reminder') order by task_id"
)


@dataclass
class Year:
    """A year that is played."""

    services: RunningServices
    script: Script
    seen: set[Happening] = field(default_factory=set)
    """What people saw that is stored nowhere: what was still to be done, and that a repair could not be completed."""

    async def play(self, until: datetime) -> int:
        """Let the year pass; answers how many instants something happened at."""
        count, left = 0, self.script.in_order()
        async for at in self._instants(left, until):
            self.services.clock.at = at
            while left and left[0].at <= at:
                await self._take(left.pop(0))
            await self.services.settle()
            await self._work()
            count += 1
        return count

    async def _instants(self, left: list[Step], until: datetime) -> AsyncIterator[datetime]:
        while self.services.clock.at < until:
            async with self.services.database.transaction() as connection:
                due = await connection.scalar(_NEXT_DUE)
            coming = [at for at in (due, left[0].at if left else None) if at is not None]
            yield max(min([*coming, until]), self.services.clock.at)

    async def _work(self) -> None:
        """People accept what they are offered and complete it at once, if it is not left open; lazy ones do nothing."""
        while True:
            offered = [row for row in await self.services.rows(_OFFERED) if row["customer_id"] not in self.script.lazy]
            if not offered:
                return
            for row in offered:
                await Dealership.act(self.services, row["task_id"], "accept", row["offered_to"])
                if row["entry"] not in LEFT_OPEN:
                    await Dealership.act(self.services, row["task_id"], "complete", row["offered_to"])
            await self.services.settle()

    async def _take(self, step: Step) -> None:
        if isinstance(step, Record):
            await self._put(step)
        elif isinstance(step, Event):
            await self._post(step)
        elif isinstance(step, Contact):
            await self._tell(step)
        elif isinstance(step, Closing):
            await self._close(step)
        elif isinstance(step, Look):
            await self._look(step)
        else:
            await self._complete(step)

    async def _put(self, step: Record) -> None:
        path = f"/v1/dealers/{DEALER}/{step.kind}/{step.identity}"
        answer = await self.services.client.put(path, json=step.fields)
        assert answer.status_code in (200, 201), answer.text

    async def _post(self, step: Event) -> None:
        data: dict[str, Any] = {
            "customer_id": step.customer,
            "case_id": step.case,
            "step": step.step,
            "observed_by": step.observer,
            "occurrences": list(step.occurrences) or None,
            "signals": list(step.signals) or None,
            "topics": list(step.topics) or None,
            "channel": step.channel,
            "facts": step.facts or None,
            **step.given,
        }
        await self.services.post_event(**{name: value for name, value in data.items() if value is not None})

    async def _tell(self, step: Contact) -> None:
        said = {"customer_id": step.customer, "case_id": step.case, "channel": step.channel, "kind": step.kind}
        said |= {"outcome": step.outcome, "direction": "outbound", "staff_id": "S-service_advisor"}
        body = {"dealer_id": DEALER, "at": step.at.isoformat()} | {
            name: value for name, value in said.items() if value is not None
        }
        answer = await self.services.client.post("/v1/contacts", json=body)
        assert answer.status_code == 201, answer.text

    async def _close(self, step: Closing) -> None:
        body = {"staff_id": MANAGER, "outcome": "satisfied"}
        answer = await self.services.client.post(f"/v1/dealers/{DEALER}/cases/{step.case}/close", json=body)
        assert answer.status_code == 200, answer.text

    async def _complete(self, step: Completion) -> None:
        query = text("select task_id, assignee_id, customer_id from task where case_id = :case and entry = :entry")
        values = {"case": step.case, "entry": REPAIR_ENTRY}
        (row,) = await self.services.rows(query.bindparams(**values))
        try:
            await Dealership.act(self.services, row["task_id"], "complete", row["assignee_id"])
        except Refused:
            self.seen.add(Happening("T-07", row["customer_id"], "not completed", step.at))

    async def _look(self, step: Look) -> None:
        """At what each task of the case lists; what one of them has done, all have."""
        query = text("select task_id from task where case_id = :case").bindparams(case=step.case)
        for row in await self.services.rows(query):
            for item in (await self.services.get(f"/v1/tasks/{row['task_id']}"))["checklist"]:
                due = item["due_at"] and f" by {datetime.fromisoformat(item['due_at']):%Y-%m-%d %H:%M}"
                what = ("done" if item["done"] else "to do") + (due or "")
                if item["rule"] != GATE:
                    self.seen.add(Happening(item["rule"], step.case, what, step.at))
