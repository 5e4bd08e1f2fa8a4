"""Callbacks of Twilio-style SMS providers: forms, read into statements and messages."""

from collections.abc import Mapping
from typing import Final

from journey_api.callbacks.opt_out_words import OptOut
from journey_api.callbacks.provider_events import DeliveryStatus, Incoming, Statement, is_id, storable
from shared.channels.sms import SMS
from shared.channels.telephone_numbers import e164
from shared.ids import provider_code

EMPTY_ANSWER: Final = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""TwiML that sends nothing."""

_STATUSES: Final[Mapping[str, DeliveryStatus]] = {
    "accepted": "accepted",
    "scheduled": "accepted",
    "queued": "accepted",
    "sending": "accepted",
    "sent": "accepted",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "perm_failed",
    "failed": "perm_failed",
    "canceled": "perm_failed",
}

_OPT_OUTS: Final[Mapping[str, OptOut]] = {"STOP": "stop", "START": "start"}
"""What Twilio says of a message that holds one of the account's own words to end or begin messages."""


def read_status(form: Mapping[str, str], attempt_id: str | None) -> Statement | None:
    """What a status callback says; None where it says nothing we know."""
    form = _kept(form)
    status = _STATUSES.get((form.get("MessageStatus") or form.get("SmsStatus") or "").lower())
    reference = form.get("MessageSid") or form.get("SmsSid") or None
    if status is None or not is_id(attempt_id or reference):
        return None
    code = provider_code(form.get("ErrorCode"))
    return Statement(status, attempt_id or None, reference, code, e164(form.get("To", "")))


def read_message(form: Mapping[str, str]) -> Incoming | None:
    """The message of an inbound callback; None where it lacks its id or a number to answer to."""
    form = _kept(form)
    reference = form.get("MessageSid") or form.get("SmsSid")
    number = e164(form.get("From", ""))
    if not is_id(reference) or number is None:
        return None
    opt_out = _OPT_OUTS.get((form.get("OptOutType") or "").upper())
    return Incoming(SMS.name, reference, number, form.get("Body") or None, opt_out=opt_out)


def _kept(form: Mapping[str, str]) -> dict[str, str]:
    """The form, whose signature is known to be right, without what cannot be stored."""
    return {name: storable(value) for name, value in form.items()}
