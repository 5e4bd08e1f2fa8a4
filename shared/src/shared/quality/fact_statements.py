"""The SQL by which the facts of cases are read. Each takes `targets`: dealer, customer and case (empty: of none)."""

from collections.abc import Mapping
from typing import Final

from shared.db.prepared import Prepared
from shared.db.schema.columns import in_list
from shared.vocabulary import TERMINAL_STATUSES

TIMERS_SOURCE: Final = "/handoff/timers"
"""The source of the events that scheduled triggers become."""

_TARGETS: Final = (
    "unnest(cast(:dealers as text[]), cast(:customers as text[]), cast(:cases as text[]))"
    " as t(dealer_id, customer_id, case_id)"
)


def _step_at(at: str) -> str:
    """The step of the customer's latest event up to an instant."""
    return f"""(
      select s.step from journey_event s
       where s.dealer_id = t.dealer_id and s.customer_id = t.customer_id
         and s.occurred_at <= {at} and s.step is not null
       order by s.occurred_at desc, s.event_id desc limit 1) as step"""


def _of_target(table: str) -> str:
    """The rows of a table that are of the target: found by its case, which no index of the customer may stand in for,
    else by its customer. By the customer each of its many cases would go through the rows of all of them.
    """
    return f"""lateral (
      select c.* from {table} c
       where t.case_id <> '' and c.dealer_id = t.dealer_id and c.case_id = t.case_id
         and coalesce(c.customer_id, '') = t.customer_id
      union all
      select c.* from {table} c
       where t.case_id = '' and coalesce(c.case_id, '') = ''
         and c.dealer_id = t.dealer_id and c.customer_id = t.customer_id)"""


EVENTS: Final = Prepared(
    f"""
    select t.dealer_id, t.customer_id, t.case_id as of_case, e.event_id, e.step, e.occurred_at, e.intent, e.data,
           e.source = '{TIMERS_SOURCE}' as by_timer, e.occurrences, e.fired, i.intake,
           case when e.decisions @> '[{{"outcome": "owner_decision"}}]' then e.routed_at end as owner_decided_at
      from {_TARGETS}
     cross join lateral (
       select e.*, r.occurrences, r.fired, r.decisions, r.routed_at
         from routing r join journey_event e on e.event_id = r.event_id
        where t.case_id <> '' and r.dealer_id = t.dealer_id and r.case_id = t.case_id
          and e.dealer_id = t.dealer_id and coalesce(e.customer_id, '') = t.customer_id
       union all
       select e.*, r.occurrences, r.fired, r.decisions, r.routed_at
         from journey_event e join routing r on r.event_id = e.event_id and coalesce(r.case_id, '') = ''
        where t.case_id = '' and e.dealer_id = t.dealer_id and e.customer_id = t.customer_id) e
      left join event_intake i on i.event_id = e.event_id
     order by e.occurred_at, e.event_id
    """
)
CONTACTS: Final = Prepared(
    f"""
    select t.case_id as of_case, k.*, {_step_at("k.at")}
      from {_TARGETS} cross join {_of_target("contact")} k
     order by k.at, k.contact_id
    """
)
TASKS: Final = Prepared(
    f"""
    select t.dealer_id, t.customer_id, t.case_id as of_case, k.task_id, k.entry, k.matter, k.to_role, k.created_at,
           k.event_id, k.kind = 'reminder' or coalesce(e.source = '{TIMERS_SOURCE}', false) as asked,
           (select min(c.at) from task_event c
             where c.task_id = k.task_id and c.to_status in ({in_list(TERMINAL_STATUSES)})) as ended_at
      from {_TARGETS} cross join {_of_target("task")} k
      left join journey_event e on e.event_id = k.event_id
     order by k.created_at, k.task_id
    """
)
DECLINES: Final = Prepared(
    f"""
    select t.dealer_id, t.customer_id, t.case_id as of_case, c.task_id, c.at, c.reason
      from {_TARGETS}
      join task k on k.dealer_id = t.dealer_id and k.case_id = t.case_id
      join task_event c on c.task_id = k.task_id and c.action = 'declined'
     order by c.at, c.task_id, c.version
    """
)
OWNER_CHANGES: Final = Prepared(
    f"""
    select t.customer_id, t.case_id as of_case, c.*
      from {_TARGETS} join case_owner_change c on c.dealer_id = t.dealer_id and c.case_id = t.case_id
     order by c.at, c.change_id
    """
)
CLOSINGS: Final = Prepared(
    f"""
    select t.customer_id, t.case_id as of_case, c.*, {_step_at("c.at")}
      from {_TARGETS}
      join case_status_change c on c.dealer_id = t.dealer_id and c.case_id = t.case_id and c.action = 'closed'
     order by c.at, c.change_id
    """
)
PROMISES: Final = Prepared(
    f"""
    select t.dealer_id, t.customer_id, t.case_id as of_case, p.promise_id, p.made_at, p.score, p.owner_role,
           p.owner_staff_id, coalesce(p.broken_at, p.ended_at) as at,
           (select k.entry from task k where k.task_id = p.task_id) as entry,
           {_step_at("coalesce(p.broken_at, p.ended_at)")}
      from {_TARGETS} cross join {_of_target("promise")} p
     order by p.made_at, p.promise_id
    """
)
"""A promise ends once: one that was broken and kept afterwards, when it was broken."""
ARRIVALS: Final = Prepared(
    f"""
    select t.customer_id, t.case_id as of_case, a.*, {_step_at("a.at")}
      from {_TARGETS}
      join appointment_status_change a on a.dealer_id = t.dealer_id and a.customer_id = t.customer_id
                             and coalesce(a.case_id, '') = t.case_id
     order by a.at, a.change_id
    """
)
DELIVERIES: Final = Prepared(
    f"""
    select distinct t.dealer_id, t.customer_id, e.occurred_at
      from (select distinct dealer_id, customer_id from {_TARGETS}) t
      join journey_event e on e.dealer_id = t.dealer_id and e.customer_id = t.customer_id
      join routing r on r.event_id = e.event_id and r.occurrences && array['vehicle_delivered', 'vehicle_returned']
     where e.intent = 'live'
    """
)
KNOWN_ELSEWHERE: Final = Prepared(
    f"""
    select t.dealer_id, t.customer_id, t.case_id as of_case, e.occurred_at, i.intake,
           array(select k.matter from task k where k.dealer_id = r.dealer_id and k.case_id = r.case_id
                  order by k.created_at, k.task_id) as matters,
           array(select cast(k.created_at as text) from task k where k.dealer_id = r.dealer_id and k.case_id = r.case_id
                  order by k.created_at, k.task_id) as matters_since
      from {_TARGETS}
      join event_intake i on i.dealer_id = t.dealer_id and i.customer_id = t.customer_id
      join routing r on r.event_id = i.event_id and r.case_id <> t.case_id
      join journey_event e on e.event_id = i.event_id and e.intent = 'live'
     where t.case_id <> '' and i.intake is not null
    """
)
"""What the other cases of the same customer know of intake, and the matters of their tasks with their instants."""


def _has(table: str, condition: str = "true") -> str:
    """Whether the target's case has any row of a table; of none it is left open."""
    return f"""
           t.case_id = '' or exists (select from {table} c where c.dealer_id = t.dealer_id and c.case_id = t.case_id
                                        and {condition})"""


CASES: Final = Prepared(
    f"""
    select t.dealer_id, t.customer_id, t.case_id as of_case, j.owner_role, j.owner_staff_id, j.topics,
           {_has("contact")} as contacts,
           {_has("task", "exists (select from task_event d where d.task_id = c.task_id and d.action = 'declined')")}
             as declines,
           {_has("case_owner_change")} as owner_changes,
           {_has("case_status_change", "c.action = 'closed'")} as closings,
           {_has("promise")} as promises,
           exists (select from appointment_status_change a
                    where a.dealer_id = t.dealer_id and a.customer_id = t.customer_id) as arrivals
      from {_TARGETS} left join journey_case j on j.dealer_id = t.dealer_id and j.case_id = t.case_id
    """
)
"""The case of the target, if there is one, and whether it may have facts of the kinds that are `RARE`."""

EVERY: Final[Mapping[str, Prepared]] = {"events": EVENTS, "tasks": TASKS, "cases": CASES}
"""What is asked of every target."""
RARE: Final[Mapping[str, Prepared]] = {
    "contacts": CONTACTS,
    "declines": DECLINES,
    "owner_changes": OWNER_CHANGES,
    "closings": CLOSINGS,
    "promises": PROMISES,
    "arrivals": ARRIVALS,
}
"""What most cases have none of: asked of those targets whose row of `CASES` says they may have some."""

BY_TARGET: Final[Mapping[str, Prepared]] = {**EVERY, **RARE}
"""Those that answer rows of a target: `dealer_id`, `customer_id` and `of_case`."""
