"""Puts a notification into words: loads the names that rows and records never hold, and renders the notice."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, func, select

from notifier.bundles import load_carried
from notifier.desk import Desk
from notifier.messages.language import DEFAULT_LANGUAGE, format_moment
from notifier.messages.rendering import Words, render, word
from notifier.obligations import Obligation, obligation_of
from notifier.recipients import zone_of
from notifier.spoken_words import load_spoken, sign_spoken, write_spoken
from notifier.standing import is_still_owed
from notifier.unsubscribing import unsubscribe_link
from shared.spoken import MESSAGE
from shared.tables import journey_case, routing, sla_timer
from shared.task_documents import playbook, title_of
from shared.task_rows import TaskNotFound, load_task

_ASK_AGAIN: Final = timedelta(milliseconds=100)


@dataclass(frozen=True, slots=True)
class Ready:
    """Words to send. `sender` is the dealer's name; `case_id` the case it turned out to belong to.

    `unsubscribe`: the link that ends such messages, for mails to customers.
    """

    words: Words
    sender: str
    to_name: str | None
    language: str
    case_id: str | None
    unsubscribe: str | None = None


@dataclass(frozen=True, slots=True)
class NotYet:
    """Its event is still on its way; look again at this real instant."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Closed:
    """What it is about has been dealt with."""

    code: str = "closed"


async def compose(desk: Desk, row: RowMapping) -> Ready | NotYet | Closed:
    """The words of a notification as they are true now.

    A notice about an event waits until the event is routed, at most until its `route_by` (real time).
    """
    obligation = await with_case(desk, obligation_of(row))
    if obligation.awaits_routing(desk.real):
        return NotYet(desk.real + _ASK_AGAIN)
    if not await is_still_owed(desk, obligation):
        return Closed()
    ready = await _write(desk, obligation, row["locale"] or DEFAULT_LANGUAGE)
    return replace(ready, unsubscribe=await unsubscribe_link(desk, row))


async def with_case(desk: Desk, obligation: Obligation) -> Obligation:
    """The obligation with the case of its event, once that is routed; one without a case keeps waiting for none."""
    event_id = obligation.about.get("event_id")
    if not event_id or obligation.case_id is not None:
        return obligation
    row = (await desk.connection.execute(select(routing.c.case_id).where(routing.c.event_id == event_id))).one_or_none()
    if row is None:
        return obligation
    routed = {name: value for name, value in obligation.about.items() if name != "route_by"}
    return replace(obligation, case_id=row.case_id, about=routed)


async def _write(desk: Desk, obligation: Obligation, language: str) -> Ready:
    dealer = await desk.dealer(obligation.dealer_id)
    name = await _recipient_name(desk, obligation)
    params = {"name": name, "dealer": dealer["name"]}
    if obligation.notice.name == MESSAGE:
        said = await load_spoken(desk, obligation)
        signature = await sign_spoken(desk, said, playbook().texts, language)
        rendered = write_spoken(said, language, {**params, "signature": signature})
    else:
        signed = {**params, "signature": await _signature(desk, obligation, language)}
        rendered = await _rendered(desk, obligation, signed, dealer, language)
    return Ready(rendered, dealer["name"], name, language, obligation.case_id)


async def _rendered(
    desk: Desk, obligation: Obligation, params: Mapping[str, Any], dealer: Mapping[str, Any], language: str
) -> Words:
    notice = obligation.notice
    if notice.audience == "customer":
        return render(notice.name, language, {**params, **await _customer_words(desk, obligation, dealer, language)})
    carried = await load_carried(desk, obligation)
    items = []
    for one in (obligation, *carried):
        words = await _staff_words(desk, one, dealer, language)
        items.append((words, render(one.notice.name, language, {**params, **words})))
    if not carried:
        return items[0][1]
    listed = [{"subject": item.subject, **words} for words, item in items]
    return render("BUNDLE", language, {**params, "items": listed})


async def _customer_words(
    desk: Desk, obligation: Obligation, dealer: Mapping[str, Any], language: str
) -> dict[str, Any]:
    record = await desk.customer(obligation.dealer_id, obligation.recipient.customer_id)
    zone = zone_of(record, dealer)
    answer_by = await _answer_due(desk, obligation)
    happened_at = obligation.about.get("happened_at")
    return {
        "answer_by": format_moment(answer_by, zone, language) if answer_by else None,
        "happened_at": format_moment(datetime.fromisoformat(happened_at), zone, language) if happened_at else None,
        "plate": (await _case(desk, obligation)).get("vehicle", {}).get("plate"),
    }


async def _staff_words(desk: Desk, obligation: Obligation, dealer: Mapping[str, Any], language: str) -> dict[str, Any]:
    about = obligation.about
    title, due_at = await _task(desk, obligation, language)
    if about.get("due_at"):
        due_at = datetime.fromisoformat(about["due_at"])
    target = word("targets", about["target"], language) if about.get("target") else None
    return {
        "title": title,
        "what": f"{target}: {title}" if target and title else target,
        "customer": await _customer_name(desk, obligation.dealer_id, about.get("customer_id")),
        "due": format_moment(due_at, ZoneInfo(dealer["time_zone"]), language) if due_at else None,
        "by": await _staff_name(desk, obligation.dealer_id, about.get("by")),
        "reason": word("reasons", about["reason"], language) if about.get("reason") else None,
    }


async def _task(desk: Desk, obligation: Obligation, language: str) -> tuple[str | None, datetime | None]:
    """The title of the task, and when its offer runs out."""
    if obligation.task_id is None:
        return None, None
    try:
        found = await load_task(desk.connection, obligation.task_id)
    except TaskNotFound:
        return None, None
    clock = (sla_timer.c.task_id == found.task_id) & (sla_timer.c.target == "acceptance")
    due_at = await desk.connection.scalar(select(sla_timer.c.due_at).where(clock, sla_timer.c.state == "running"))
    return title_of(found, language), due_at


async def _answer_due(desk: Desk, obligation: Obligation) -> datetime | None:
    """When the running clock of the first answer is due; None where none runs."""
    if obligation.case_id is None:
        return None
    clock = (sla_timer.c.dealer_id == obligation.dealer_id) & (sla_timer.c.case_id == obligation.case_id)
    running = (sla_timer.c.target == "first_response") & (sla_timer.c.state == "running")
    due: datetime | None = await desk.connection.scalar(select(func.min(sla_timer.c.due_at)).where(clock, running))
    return due


async def _signature(desk: Desk, obligation: Obligation, language: str) -> str:
    """The customer owner: name and role, else the role; nothing without a case."""
    case = await _case(desk, obligation)
    role = case.get("owner_role")
    title = playbook().texts.text("roles", role, language) if role else None
    name = await _staff_name(desk, obligation.dealer_id, case.get("owner_staff_id"))
    return "\n".join(part for part in (name, title) if part)


async def _case(desk: Desk, obligation: Obligation) -> Mapping[str, Any]:
    columns = journey_case.c
    query = select(columns.owner_role, columns.owner_staff_id, columns.vehicle).where(
        columns.dealer_id == obligation.dealer_id, columns.case_id == obligation.case_id
    )
    row = (await desk.connection.execute(query)).mappings().one_or_none()
    return dict(row) if row else {}


async def _recipient_name(desk: Desk, obligation: Obligation) -> str | None:
    recipient = obligation.recipient
    if recipient.customer_id is not None:
        record = await desk.customer(obligation.dealer_id, recipient.customer_id)
        return record.get("name")
    return await _staff_name(desk, obligation.dealer_id, recipient.staff_id)


async def _customer_name(desk: Desk, dealer_id: str, customer_id: str | None) -> str | None:
    if customer_id is None:
        return None
    return (await desk.customer(dealer_id, customer_id)).get("name") or customer_id


async def _staff_name(desk: Desk, dealer_id: str, staff_id: str | None) -> str | None:
    if staff_id is None:
        return None
    return (await desk.staff(dealer_id)).get(staff_id, {}).get("name")
