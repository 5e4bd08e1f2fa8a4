"""Which contacts keep a promise to call back (`timers 5.8`). Pure."""

from typing import Final

from shared.promises.types import Promise
from shared.sla.deadlines import whole
from shared.sla.fact_view import reached
from shared.sla.facts import ContactMade

_ANY_WAY: Final = frozenset({"answer", "update"})
_WHEN_SPOKEN: Final = frozenset({"proposal", "estimate", "authorisation"})


def calls_back(contact: ContactMade) -> bool:
    """Whether a person reached the customer with something to say, by whatever channel; calls in vain are none."""
    if contact.direction != "outbound" or contact.automatic or not reached(contact):
        return False
    spoken = contact.outcome == "spoke" or contact.channel == "store"
    return contact.kind in _ANY_WAY or (contact.kind in _WHEN_SPOKEN and spoken)


def is_kept_by(promise: Promise, contact: ContactMade) -> bool:
    """Whether the contact keeps a call-back that has not ended, or is broken: it was promised before the contact."""
    owed = promise.kind == "call_back" and promise.state in ("open", "broken")
    return owed and promise.made_at <= whole(contact.occurred_at)
