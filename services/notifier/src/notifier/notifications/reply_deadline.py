"""By when a person's words are due, as the customer was told: the clocks that they are to stop say so."""

from datetime import datetime
from typing import Final

from notifier.context import Desk
from notifier.notifications.request import Obligation
from notifier.notifications.staff_text_rows import load_spoken
from shared.sla.engine.apply_fact import conditions
from shared.sla.fact_names import holds, view_of
from shared.sla.facts import ContactMade
from shared.sla.store.timers import load_timers

_TOLD: Final = ("first_response", "next_response", "promise")
"""The targets a customer knows of: an acknowledgement names the time of the answer."""


async def due_of_words(desk: Desk, obligation: Obligation) -> datetime | None:
    """When the first of the case's promises runs out that these words would keep; None where there is none any more."""
    if obligation.case_id is None:
        return None
    words = await load_spoken(desk, obligation)
    said = ContactMade(
        fact_id=obligation.key,
        occurred_at=desk.now,
        dealer_id=obligation.dealer_id,
        case_id=obligation.case_id,
        customer_id=obligation.recipient.customer_id,
        direction="outbound",
        channel="message",
        kind=words["kind"],
    )
    timers = await load_timers(desk.connection, cases=[(obligation.dealer_id, obligation.case_id)])
    told = (timer for timer in timers if timer.target in _TOLD and timer.state == "running")
    kept = (timer.due_at for timer in told if timer.due_at > desk.now and holds(conditions(timer).stop, view_of(said)))
    return min(kept, default=None)
