"""What the words of a message are filled in with, for customers and for staff, as true as the data are."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from notifier.content.template_data import TemplateData
from notifier.context import Record
from notifier.notifications.request import NotificationRequest
from shared.languages.dates import format_day, format_moment
from shared.languages.greetings import role_title, team_name
from shared.languages.registry import text_of
from shared.people.contact_hours import zone_of
from shared.tasks.documents import title_of


def customer_words(data: TemplateData, request: NotificationRequest, dealer: Record, language: str) -> dict[str, Any]:
    """What a message to a customer may say; times in the customer's zone."""
    record = data.customers.get((request.dealer_id, request.recipient.customer_id or ""), {})
    zone = zone_of(record, dealer)
    answer_by = data.answers_due.get((request.dealer_id, request.case_id or ""))
    return {
        "answer_by": format_moment(answer_by.astimezone(zone), language) if answer_by else None,
        "happened_at": _moment(request.about.get("happened_at"), zone, language),
        "plate": request.about.get("plate") or case_of_request(data, request).get("vehicle", {}).get("plate"),
        "change": _change(request, language),
        "day": _day(request, language),
        **_moved_date(request, zone, language),
        "starts_at": _moment(request.about.get("starts_at"), zone, language),
        "appointment": _named("appointment_kinds", request.about.get("kind"), language),
        "occasion": _named("card_occasions", request.about.get("occasion"), language),
    }


def staff_words(data: TemplateData, request: NotificationRequest, dealer: Record, language: str) -> dict[str, Any]:
    """What a notice to staff may say; times in the dealer's zone."""
    about, task = request.about, data.tasks.get(request.task_id or "")
    title = title_of(data.playbook, task, language) if task else None
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
        "news": text_of("task_changes", about["action"], language) if about.get("action") else None,
        **_tragic_words(request, ZoneInfo(dealer["time_zone"]), language),
    }


def _tragic_words(request: NotificationRequest, zone: ZoneInfo, language: str) -> dict[str, str]:
    """What a notice of a tragic moment says of it."""
    about = request.about
    if "flags" not in about:
        return {}
    happened = [text_of("moment_flags", flag, language) for flag in about["flags"]]
    return {
        "happened": ", ".join(happened) or text_of("moment_feedback", "negative", language),
        "happened_at": format_moment(datetime.fromisoformat(about["at"]).astimezone(zone), language),
        "why": text_of("tragic_reasons", about["because"], language),
    }


def signature(data: TemplateData, request: NotificationRequest, language: str) -> str:
    """The customer owner: name and role, else the team of the role; nothing without a case."""
    case = case_of_request(data, request)
    role = case.get("owner_role")
    person = data.staff[request.dealer_id].get(case.get("owner_staff_id") or "", {})
    if not role or not person.get("name"):
        return team_name(role, language) if role else ""
    return f"{person['name']}\n{role_title(role, language, person)}"


def case_of_request(data: TemplateData, request: NotificationRequest) -> Mapping[str, Any]:
    """The case a message belongs to; empty where there is none."""
    return data.cases.get((request.dealer_id, request.case_id or ""), {})


def _change(request: NotificationRequest, language: str) -> str | None:
    """What has changed about a repair, in sentences; None where the event says no more than that it has."""
    said = [text_of("repair_changes", one, language) for one in request.about.get("changes") or ()]
    if expected := request.about.get("expected_on"):
        day = format_day(date.fromisoformat(expected), language)
        said.append(text_of("repair_changes", "expected_on", language).format(day=day))
    return " ".join(said) or None


def _day(request: NotificationRequest, language: str) -> str | None:
    """The day that parts are expected, or of an anniversary; None where nobody knows one."""
    expected = request.about.get("expected_on") or request.about.get("anniversary")
    return format_day(date.fromisoformat(expected), language) if expected else None


def _moved_date(request: NotificationRequest, zone: ZoneInfo, language: str) -> dict[str, str | None]:
    """What was promised and what is promised now: days, with the hour where it is the hour that changed or counts."""
    given = {name: request.about.get(name) for name in ("was", "becomes")}
    at = {name: datetime.fromisoformat(one).astimezone(zone) for name, one in given.items() if one}
    if len(at) < len(given):
        return dict.fromkeys(given)
    hours = request.about.get("kind") != "date" or at["was"].date() == at["becomes"].date()
    return {
        name: format_moment(one, language) if hours else format_day(one.date(), language) for name, one in at.items()
    }


def _moment(text: str | None, zone: ZoneInfo, language: str) -> str | None:
    return format_moment(datetime.fromisoformat(text).astimezone(zone), language) if text else None


def _named(section: str, name: str | None, language: str) -> str | None:
    return text_of(section, name, language) if name else None


def _customer_name(data: TemplateData, dealer_id: str, customer_id: str | None) -> str | None:
    if customer_id is None:
        return None
    return data.customers.get((dealer_id, customer_id), {}).get("name") or customer_id


def _staff_name(data: TemplateData, dealer_id: str, staff_id: str | None) -> str | None:
    return data.staff[dealer_id].get(staff_id or "", {}).get("name")
