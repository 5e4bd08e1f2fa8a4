"""By when a person's words are due, as the customer was told: the clocks that they are to stop say so."""

from datetime import datetime
from typing import Final

from notifier.context import NotifierContext
from notifier.notifications.request import NotificationRequest
from notifier.notifications.staff_text_rows import load_staff_text
from shared.sla.engine.apply_fact import conditions
from shared.sla.fact_view import holds, view_of
from shared.sla.facts import ContactMade
from shared.sla.store.timers import load_timers

_DUE_AT: Final = ("first_response", "next_response", "promise")
"""The targets a customer knows of: an acknowledgement names the time of the answer."""


async def reply_due_at(context: NotifierContext, request: NotificationRequest) -> datetime | None:
    """When the first of the case's promises runs out that these words would keep; None where there is none any more."""
    if request.case_id is None:
        return None
    words = await load_staff_text(context, request)
    contact = ContactMade(
        fact_id=request.key,
        occurred_at=context.now,
        dealer_id=request.dealer_id,
        case_id=request.case_id,
        customer_id=request.recipient.customer_id,
        direction="outbound",
        channel="message",
        kind=words["kind"],
    )
    timers = await load_timers(context.connection, cases=[(request.dealer_id, request.case_id)])
    running = (timer for timer in timers if timer.target in _DUE_AT and timer.state == "running")
    kept = (
        timer.due_at
        for timer in running
        if timer.due_at > context.now and holds(conditions(timer).stop, view_of(contact))
    )
    return min(kept, default=None)
