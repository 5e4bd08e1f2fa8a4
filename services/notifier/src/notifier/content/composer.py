"""Puts notifications into words, as true as they are now; what they rest on is read for all of them together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping

from notifier.content.staff_text import render_staff_text, sign_staff_text
from notifier.content.template_data import TemplateData, load_template_data, resolve_cases
from notifier.content.unsubscribe_header import unsubscribe_links
from notifier.context import NotifierContext, Record
from notifier.notifications.request import NotificationRequest, request_from_row
from notifier.notifications.still_relevant import filter_relevant
from shared.channels.registry import kind_of
from shared.languages.dates import format_moment
from shared.languages.greetings import role_title
from shared.languages.registry import DEFAULT_LANGUAGE, text_of
from shared.languages.rendering import Form, Words, render
from shared.people.contact_hours import zone_of
from shared.tasks.documents import title_of
from shared.vocabulary import MESSAGE

_ASK_AGAIN: Final = timedelta(milliseconds=100)


@dataclass(frozen=True, slots=True)
class Ready:
    """Words to send. `sender` is the dealer's name; `case_id` the case it turned out to belong to.

    `sender_address` and `reply_to`: the dealer's own, where it has any.

    `unsubscribe`: the link that ends such messages, for mails to customers.
    """

    words: Words
    sender: str
    to_name: str | None
    language: str
    case_id: str | None
    unsubscribe: str | None = None
    sender_address: str | None = None
    reply_to: str | None = None


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
    data = await load_template_data(context, [requests[place] for place in due])
    links = await unsubscribe_links(context, [rows[place] for place in due])
    for place in ripe:
        composed[place] = Closed()
    for place in due:
        link = links.get(rows[place]["notification_id"])
        composed[place] = _write(data, requests[place], _reading(rows[place]), link)
    return composed


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a message is read: the locale it is in, and whether as a letter or in short."""

    language: str
    form: Form


def _reading(row: RowMapping) -> _Reading:
    return _Reading(row["locale"] or DEFAULT_LANGUAGE, "short" if kind_of(row["channel"]).short else "letter")


def _write(data: TemplateData, request: NotificationRequest, reading: _Reading, link: str | None) -> Ready:
    dealer, language = data.dealers[request.dealer_id], reading.language
    person = _recipient(data, request)
    name = person.get("name")
    addressed = {key: person.get(key) for key in ("name", "salutation", "gender")}
    params = {**addressed, "dealer": dealer["name"]}
    if request.notification_type.name == MESSAGE:
        text = data.staff_texts[request.key]
        signature = sign_staff_text(text, data.staff[request.dealer_id], language)
        words = render_staff_text(text, language, {**params, "signature": signature}, reading.form)
    else:
        signed = {**params, "signature": _signature(data, request, language)}
        words = _rendered(data, request, signed, dealer, reading)
    own = dealer.get("sender") or {}
    return Ready(
        words,
        own.get("name") or dealer["name"],
        name,
        language,
        request.case_id,
        link,
        sender_address=own.get("email_from"),
        reply_to=own.get("reply_to"),
    )


def _rendered(
    data: TemplateData, request: NotificationRequest, params: Mapping[str, Any], dealer: Record, reading: _Reading
) -> Words:
    notification_type, language, form = request.notification_type, reading.language, reading.form
    if notification_type.audience == "customer":
        text = {**params, **_customer_words(data, request, dealer, language)}
        return render(notification_type.name, language, text, form)
    carried = [one for name in sorted(request.about.get("carries") or ()) if (one := data.carried.get(name))]
    items = []
    for one in (request, *carried):
        words = _staff_words(data, one, dealer, language)
        items.append((words, render(one.notification_type.name, language, {**params, **words}, form)))
    if not carried:
        return items[0][1]
    listed = [{"subject": item.subject, **words} for words, item in items]
    return render("BUNDLE", language, {**params, "items": listed}, form)


def _customer_words(data: TemplateData, request: NotificationRequest, dealer: Record, language: str) -> dict[str, Any]:
    record = data.customers.get((request.dealer_id, request.recipient.customer_id or ""), {})
    zone = zone_of(record, dealer)
    answer_by = data.answers_due.get((request.dealer_id, request.case_id or ""))
    happened = request.about.get("happened_at")
    happened_at = datetime.fromisoformat(happened).astimezone(zone) if happened else None
    return {
        "answer_by": format_moment(answer_by.astimezone(zone), language) if answer_by else None,
        "happened_at": format_moment(happened_at, language) if happened_at else None,
        "plate": _case(data, request).get("vehicle", {}).get("plate"),
    }


def _staff_words(data: TemplateData, request: NotificationRequest, dealer: Record, language: str) -> dict[str, Any]:
    about, task = request.about, data.tasks.get(request.task_id or "")
    title = title_of(task, language) if task else None
    due_at = data.offers_due.get(task.task_id) if task else None
    if about.get("due_at"):
        due_at = datetime.fromisoformat(about["due_at"])
    target = text_of("targets", about["target"], language) if about.get("target") else None
    return {
        "title": title,
        "what": f"{target}: {title}" if target and title else target,
        "customer": _customer_name(data, request.dealer_id, about.get("customer_id")),
        "due": format_moment(due_at.astimezone(ZoneInfo(dealer["time_zone"])), language) if due_at else None,
        "by": _staff_name(data, request.dealer_id, about.get("by")),
        "reason": text_of("decline_reasons", about["reason"], language) if about.get("reason") else None,
    }


def _signature(data: TemplateData, request: NotificationRequest, language: str) -> str:
    """The customer owner: name and role, else the role; nothing without a case."""
    case = _case(data, request)
    role = case.get("owner_role")
    person = data.staff[request.dealer_id].get(case.get("owner_staff_id") or "", {})
    title = role_title(role, language, person.get("gender")) if role else None
    return "\n".join(part for part in (person.get("name"), title) if part)


def _case(data: TemplateData, request: NotificationRequest) -> Mapping[str, Any]:
    return data.cases.get((request.dealer_id, request.case_id or ""), {})


def _recipient(data: TemplateData, request: NotificationRequest) -> Record:
    recipient = request.recipient
    if recipient.customer_id is None:
        return data.staff[request.dealer_id].get(recipient.staff_id or "", {})
    return data.customers.get((request.dealer_id, recipient.customer_id), {})


def _customer_name(data: TemplateData, dealer_id: str, customer_id: str | None) -> str | None:
    if customer_id is None:
        return None
    return data.customers.get((dealer_id, customer_id), {}).get("name") or customer_id


def _staff_name(data: TemplateData, dealer_id: str, staff_id: str | None) -> str | None:
    return data.staff[dealer_id].get(staff_id or "", {}).get("name")
