"""The gates of time rules: which rule keeps a task from being completed."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.prepared import Prepared
from shared.lifecycle import Task
from shared.sla.engine.spans import open_span
from shared.sla.facts import NOBODY, event_fact
from shared.sla.policy.rules import Rule, load_rules

_SIGNALLED: Final = Prepared(
    """
    select e.event_id, e.occurred_at, e.dealer_id, r.case_id, e.customer_id, e.data, r.occurrences
      from routing r join journey_event e on e.event_id = r.event_id
     where r.dealer_id = :dealer_id and r.case_id = :case_id and e.intent = 'live'
       and jsonb_array_length(coalesce(e.data -> 'signals', '[]')) > 0
    """
)


async def closed_gate(connection: AsyncConnection, task: Task) -> str | None:
    """The rule that keeps this task from being completed now; None: it may be.

    A gate is about the work its entries hand over, whoever has it by now (T-07: the repair and its diagnosis, 002:175).
    The caller holds the lock of the customer's `record_key`.
    """
    gates = [rule for rule in load_rules().values() if _is_about(rule, task)]
    if not gates or task.case_id is None:
        return None
    named = {"dealer_id": task.dealer_id, "case_id": task.case_id}
    rows = await _SIGNALLED.rows(connection, named)
    facts = [event_fact(**row, owner=NOBODY) for row in rows]
    return next((rule.rule for rule in gates if open_span(rule.when, facts) is not None), None)


def _is_about(rule: Rule, task: Task) -> bool:
    return not {task.entry, *task.mirrors}.isdisjoint(rule.gates)
