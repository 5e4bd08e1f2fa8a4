"""What the auditor looks for: from an event to its receipt no stage older than its limit, nothing without its clock.

Each is a count, found by an index over live rows or over the ids of the last minutes; none reads a table whole. Events
that are not routed are counted elsewhere (`shared.cases.unrouted_events`). `:old` is domain time before which a stage
should be over; ids sort by the real time they were made.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import TextClause, text

STAGE_LIMIT: Final = timedelta(minutes=2)
SENDING_LIMIT: Final = timedelta(minutes=5)
"""A message that may go is with its channel within so much real time."""
LOOKS_BACK: Final = timedelta(days=1)
OUTBOX_KEPT: Final = timedelta(days=15)
"""A day past its retention: what is older should have been pruned."""

FINDINGS: Final[Mapping[str, TextClause]] = {
    "decisions_without_task": text(
        """
        select count(*) from routing r join journey_event e on e.event_id = r.event_id and e.intent = 'live'
         where r.event_id >= :recent_id and r.event_id < :old_id and r.decisions @> '[{"outcome": "created"}]'
           and not exists (select from task_source s where s.event_id = r.event_id)
        """
    ),
    "offers_without_clock": text(
        """
        select count(*) from task t
         where t.kind = 'deliver' and t.status = 'offered' and t.offered_to is not null
           and not coalesce((t.offer->>'to_lead')::boolean, false) and t.updated_at < :old
           and not exists (select 1 from sla_timer s where s.dealer_id = t.dealer_id and s.task_id = t.task_id
                              and s.rule = 'T-46' and s.state = 'running')
           and not exists (select 1 from journey_case c where c.dealer_id = t.dealer_id and c.case_id = t.case_id
                              and c.status = 'closed')
        """
    ),
    "unscheduled_waits": text(
        """
        select count(*) from task t
         where t.status = 'waiting' and t.kind in ('deliver', 'reminder') and t.assignee_id is not null
           and t.updated_at < :old and (t.waiting_until < :old or t.waiting_until > :now)
           and not exists (select from timer_due d where d.subject_id = t.task_id and d.kind = 'wait')
        """
    ),
    "unfired_timers": text(
        """
        select (select count(*) from timer_due where kind = 'timer' and fire_at < :old)
             + (select count(*) from timer_due where kind <> 'timer' and fire_at < :old)
        """
    ),
    "breaches_without_notice": text(
        """
        select count(*) from dealer d
          join sla_timer s on s.dealer_id = d.dealer_id and s.due_at >= :since and s.due_at < :old
         where s.breached_at is not null and s.state in ('running', 'paused') and s.owner_staff_id is not null
           and exists (select from sla_timer_event e
                        where e.timer_id = s.timer_id and e.action = 'breached' and e.at >= :since
                          and not coalesce((e.trace->>'on_attach')::boolean, false)
                          and not coalesce((e.trace->>'at_stop')::boolean, false))
           and not exists (select from notification n
                            where n.dealer_id = s.dealer_id
                              and (n.params #>> '{about,timer_id}') = s.timer_id)
        """
    ),
    "unsent_messages": text(
        """
        select count(*) from notification
         where status in ('queued', 'sending', 'unknown') and next_attempt_wall_clock_at < :real_unsent
        """
    ),
    "overheld_messages": text("select count(*) from notification where status = 'held' and scheduled_for < :old"),
    "undelivered_messages": text(
        "select count(*) from notification where delivery_deadline is not null and delivery_deadline < :old"
    ),
    "unapplied_receipts": text("select count(*) from receipt where not applied and receipt_id < :unapplied_id"),
    "stale_outbox": text(
        "select count(*) from (select wall_clock_at from outbox order by seq limit 1) oldest"
        " where wall_clock_at < :stale"
    ),
}
"""By the name of what is wrong, in the order of the stages."""

SELDOM: Final = frozenset({"decisions_without_task", "offers_without_clock"})
"""Those that read a row for each event of the last minutes, or for each offer: they are looked for less often."""
