"""Puts notifications into words, as true as they are now; what they rest on is read for all of them together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import RowMapping

from notifier.content.customer_links import reply_addresses, unsubscribe_links
from notifier.content.message_writer import Reading, write_to_customer, write_to_staff
from notifier.content.staff_frame import staff_frame
from notifier.content.staff_text import template_of
from notifier.content.template_data import TemplateData, load_template_data, resolve_cases
from notifier.context import NotifierContext, Record
from notifier.notifications.request import NotificationRequest, request_from_row
from notifier.notifications.still_relevant import filter_relevant
from shared.channels.registry import kind_of
from shared.languages.registry import DEFAULT_LANGUAGE
from shared.languages.renderer import Words
from shared.people.dealer_sender import sender_address
from shared.people.letter_frame import customer_frame
from shared.vocabulary import MESSAGE

_ASK_AGAIN: Final = timedelta(milliseconds=100)


@dataclass(frozen=True, slots=True)
class Ready:
    """Words to send. `sender` is the dealer's name; `case_id` the case it turned out to belong to.

    `sender_address` (at the channel) and `reply_to`: the dealer's own, where it has any. `unsubscribe`: the link that
    ends such messages, for mails to customers. `template_version`: of the wording.
    """

    words: Words
    sender: str
    to_name: str | None
    language: str
    case_id: str | None
    unsubscribe: str | None = None
    sender_address: str | None = None
    reply_to: str | None = None
    template_version: str | None = None


@dataclass(frozen=True, slots=True)
class NotYet:
    """Its event is still on its way; look again at this real instant."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Closed:
    """What it is about has been dealt with."""

    code: str = "closed"


Composed = Ready | NotYet | Closed


async def compose_all(context: NotifierContext, rows: Sequence[RowMapping]) -> list[Composed]:
    """The words of notifications, in their order. Raises where one of them cannot be put into words.

    A notice about an event waits until the event is routed, at most until its `route_by` (real time).
    """
    requests = await resolve_cases(context, [request_from_row(row) for row in rows])
    composed: list[Composed] = [NotYet(context.real + _ASK_AGAIN)] * len(rows)
    ripe = [place for place, one in enumerate(requests) if not one.awaits_routing(context.real)]
    relevant = await filter_relevant(context, [requests[place] for place in ripe])
    due = [place for place, is_due in zip(ripe, relevant, strict=True) if is_due]
    pinned = {version for place in due if (version := rows[place]["template_version"])}
    data = await load_template_data(context, [requests[place] for place in due], pinned)
    links = await unsubscribe_links(context, [rows[place] for place in due])
    replies = await reply_addresses(context, [rows[place] for place in due])
    for place in ripe:
        composed[place] = Closed()
    for place in due:
        ways = _Ways(links.get(rows[place]["notification_id"]), replies.get(rows[place]["notification_id"]))
        composed[place] = _write(data, requests[place], _reading(rows[place]), ways, context.config.public_url)
    return composed


@dataclass(frozen=True, slots=True)
class _Ways:
    """What a mail to a customer leads to: where such mails are ended, where its answer comes to."""

    unsubscribe: str | None
    reply: str | None


def _reading(row: RowMapping) -> Reading:
    channel = row["channel"]
    return Reading(
        row["locale"] or DEFAULT_LANGUAGE,
        channel,
        "short" if kind_of(channel).short else "letter",
        row["template_version"],
    )


def _write(data: TemplateData, request: NotificationRequest, reading: Reading, ways: _Ways, public_url: str) -> Ready:
    dealer, language = data.dealers[request.dealer_id], reading.language
    person = _recipient(data, request)
    addressed = {key: person.get(key) for key in ("name", "salutation", "gender")}
    params = {**addressed, "dealer": dealer["name"]}
    to_customer = request.notification_type.audience == "customer"
    wording = data.wordings.choose(request.dealer_id, _template(data, request), language, reading.pinned)
    if to_customer:
        frame = customer_frame(dealer, language, ways.unsubscribe)
        words = write_to_customer(data, request, params, reading, frame, wording.source)
    else:
        frame = staff_frame(data, request, language, public_url)
        words = write_to_staff(data, request, params, reading, frame, wording.source)
    own = dealer.get("sender") or {}
    return Ready(
        words,
        own.get("name") or dealer["name"],
        person.get("name"),
        language,
        request.case_id,
        ways.unsubscribe,
        sender_address=sender_address(dealer, reading.channel),
        reply_to=ways.reply or own.get("reply_to"),
        template_version=wording.version,
    )


def _template(data: TemplateData, request: NotificationRequest) -> str:
    """The name of the template that the message is put into."""
    if request.notification_type.name == MESSAGE:
        return template_of(data.staff_texts[request.key])
    carries = any(name in data.carried for name in request.about.get("carries") or ())
    return "BUNDLE" if carries else request.notification_type.name


def _recipient(data: TemplateData, request: NotificationRequest) -> Record:
    recipient = request.recipient
    if recipient.customer_id is None:
        return data.staff[request.dealer_id].get(recipient.staff_id or "", {})
    return data.customers.get((request.dealer_id, recipient.customer_id), {})
