"""The SQL by which a verification finds what belongs to no case."""

from typing import Final

from sqlalchemy import DateTime, TextClause, bindparam, text


def _paged(query: str) -> TextClause:
    """A query with `after`, `batch` and `since`, which may be null."""
    return text(query).bindparams(bindparam("since", type_=DateTime(timezone=True)))


PENDING: Final = text(
    """
    select distinct coalesce(c.dealer_id || '/' || c.merged_into, o.key)
      from outbox o
      left join customer c on c.merged_into is not null and c.dealer_id || '/' || c.customer_id = o.key
     where o.type = any(cast(:types as text[]))
       and not exists (select 1 from inbox i
                        where i.consumer = :consumer and i.source = o.source and i.id = o.record_id)
    """
)
"""The customers of whom a consumer of the worker has not handled every record."""

NEAR_CASES: Final = text(
    """
    select r.event_id from routing r
     where r.event_id = any(cast(:ids as text[]))
       and exists (select 1 from journey_case c
                    where c.dealer_id = r.dealer_id and c.customer_id is not distinct from r.customer_id
                      and c.status <> 'reserved' and c.opened_at <= r.routed_at + interval '10 minutes')
    """
)
"""Routings at which a case of the customer was there; an event may lie some minutes ahead, and its case with it."""

UNROUTED: Final = _paged(
    """
    select e.event_id, e.dealer_id, e.customer_id from journey_event e
     where not exists (select 1 from routing r where r.event_id = e.event_id)
       and (cast(:since as timestamptz) is null or e.received_at >= :since)
       and e.event_id > :after
     order by e.event_id limit :batch
    """
)

LONE_TASKS: Final = _paged(
    """
    select t.dealer_id, t.task_id from task t
     where t.case_id is null and (cast(:since as timestamptz) is null or t.updated_at >= :since)
       and t.task_id > :after
     order by t.task_id limit :batch
    """
)

ORPHAN_ROUTINGS: Final = _paged(
    """
    select r.dealer_id, r.event_id as id, r.state || coalesce(' in case ' || r.case_id, '') as of from routing r
     where case when not exists (select 1 from journey_event e where e.event_id = r.event_id) then true
                when r.state = 'dead'
                then r.case_id is not null or r.decisions <> '[]'
                     or not exists (select 1 from dead_letter d
                                     where d.consumer = 'handoff-worker' and d.event_id = r.event_id)
                else r.case_id is not null
                     and not exists (select 1 from journey_case c
                                      where c.dealer_id = r.dealer_id and c.case_id = r.case_id
                                        and c.status <> 'reserved')
           end
       and (cast(:since as timestamptz) is null or r.routed_at >= :since)
       and r.event_id > :after
     order by r.event_id limit :batch
    """
)
"""Routings whose event or case is not there, and those that say dead of an event that is no dead letter."""

ORPHAN_TASKS: Final = _paged(
    """
    select t.dealer_id, t.task_id as id, 'task of case ' || t.case_id as of from task t
     where t.case_id is not null
       and not exists (select 1 from journey_case c
                        where c.dealer_id = t.dealer_id and c.case_id = t.case_id and c.status <> 'reserved')
       and (cast(:since as timestamptz) is null or t.updated_at >= :since)
       and t.task_id > :after
     order by t.task_id limit :batch
    """
)
"""Tasks whose case is not there."""

ORPHAN_TIMERS: Final = _paged(
    """
    select s.dealer_id, s.timer_id as id, s.rule || ' of ' || s.subject || ' ' || s.subject_id as of from sla_timer s
     where not case when s.subject = 'promise'
             then exists (select 1 from promise p where p.timer_id = s.timer_id)
                    when s.subject = 'appointment'
             then s.state not in ('running', 'paused') or exists (
               select 1 from appointment a where a.dealer_id = s.dealer_id and a.appointment_id = s.subject_id)
                    when s.case_id is null
             then exists (select 1 from task t where t.dealer_id = s.dealer_id and t.task_id = s.task_id)
             else exists (select 1 from journey_case c where c.dealer_id = s.dealer_id and c.case_id = s.case_id)
           end
       and (cast(:since as timestamptz) is null or s.started_at >= :since)
       and s.timer_id > :after
     order by s.timer_id limit :batch
    """
)
"""Clocks whose case, task or promise is not there, or that run for an appointment that is not."""
