"""Proofs about clocks and offers: every threshold fired once, none was passed over, every offer has its cycle."""

import asyncpg


async def prove_thresholds(connection: asyncpg.Connection) -> int:
    """No threshold fired twice, none is overdue, none that was due was passed over; answers how many fired."""
    twice = await connection.fetch(
        """
        select timer_id, cycle, threshold, count(*) from sla_timer_event
         where threshold is not null and action <> 'superseded' group by 1, 2, 3 having count(*) > 1
        """
    )
    assert not twice, twice[:3]
    said_twice = await connection.fetch(
        """
        select payload->>'timer_id', type, payload->>'threshold', count(*) from outbox
         where type in ('handoff.sla.started.v1', 'handoff.sla.warning.v1', 'handoff.sla.breached.v1',
                        'handoff.sla.escalated.v1')
         group by 1, 2, 3 having count(*) > 1
        """
    )
    assert not said_twice, said_twice[:3]
    overdue = await connection.fetch("select * from timer_due where fire_at < clock_timestamp()")
    assert not overdue, overdue[:3]
    passed_over = await _passed_over(connection)
    assert not passed_over, passed_over[:3]
    return await connection.fetchval(
        "select count(*) from sla_timer_event where action in ('warning', 'breached', 'escalated')"
    )


async def _passed_over(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    """Thresholds reckoned anew from the clocks' starts, none of which stand still: due, and yet no word of them.

    Whatever its state, a clock past its due time is marked late and an earlier one is not. One that still runs has
    said its breach, and its warning unless the breach overtook it or it began too late for one.
    """
    return await connection.fetch(
        """
        with clock as (
          select timer_id, rule, state, started_at, due_at, breached_at, stopped_at, on_attach,
                 coalesce(stopped_at, clock_timestamp() - interval '2 seconds') as seen_to,
                 array(select e.action || ' ' || e.threshold from sla_timer_event e
                        where e.timer_id = t.timer_id and e.threshold is not null) as said
            from sla_timer t
        )
        select * from clock
         where (due_at < seen_to) <> (breached_at is not null)
            or breached_at <> due_at
            or (state = 'running' and due_at + interval '1 second' < seen_to and not 'breached breach' = any(said))
            or (state = 'running' and due_at - started_at < interval '1 minute' and due_at < seen_to
                and not on_attach and not said && array['warning warning:75', 'superseded warning:75'])
        """
    )


async def prove_escalations(connection: asyncpg.Connection) -> None:
    """Every first_response clock that was never answered has climbed its whole chain, one step after the other."""
    idle = await connection.fetch(
        """
        select t.timer_id, array_agg(e.threshold order by e.seq) as steps from sla_timer t
          left join sla_timer_event e on e.timer_id = t.timer_id and e.action in ('escalated', 'superseded')
                                     and e.threshold like 'step:%'
         where t.target = 'first_response' and t.state = 'running'
         group by 1 having array_agg(e.threshold order by e.seq) is distinct from array['step:1.1', 'step:1.2']
        """
    )
    assert not idle, idle[:3]


async def prove_offers(connection: asyncpg.Connection) -> int:
    """Every offer to a person other than the lead has one acceptance cycle; who kept silent has it no more."""
    astray = await connection.fetch(
        """
        with offers as (
          select task_id, count(*) as made from outbox o
            cross join lateral (select o.payload #>> '{task,task_id}' as task_id) named
           where type = 'handoff.task.offered.v1' and payload #>> '{task,kind}' = 'deliver'
           group by 1
        ), cycles as (
          select task_id, count(*) as begun, count(distinct cycle) as distinct_cycles,
                 count(*) filter (where state = 'running') as running,
                 count(*) filter (where state = 'completed') as accepted
            from sla_timer where rule = 'T-46' group by 1
        )
        select t.task_id, t.status, t.offered_to, t.offer, o.made, c.* from task t
          left join offers o using (task_id) left join cycles c using (task_id)
         where t.kind = 'deliver'
           and (coalesce(o.made, 0) - coalesce((t.offer->>'to_lead')::boolean, false)::int
                  is distinct from coalesce(c.begun, 0)
                or c.begun <> c.distinct_cycles
                or coalesce(c.running, 0) <> 0
                or coalesce(c.accepted, 0) > 1
                or (t.status = 'offered' and t.offered_to is null))
        """
    )
    assert not astray, astray[:3]
    silent = await connection.fetch(
        """
        select s.timer_id from sla_timer s join task t on t.task_id = s.task_id
         where s.rule = 'T-46' and s.state = 'cancelled' and s.breached_at is not null and t.status = 'offered'
           and not exists (select 1 from task_event e where e.task_id = s.task_id and e.action = 'declined'
                              and e.reason = 'silence' and e.at >= s.breached_at)
        """
    )
    assert not silent, silent[:3]
    return await connection.fetchval("select count(*) from sla_timer where rule = 'T-46' and breached_at is not null")
