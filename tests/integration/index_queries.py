"""The indexes of the schema: the keys they guard, and for the others a query of the product that is found by them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import Executable, text
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff_local.verify import load as verify_load
from handoff_local.verify import moment_checks
from handoff_local.verify.load_promises import read_promises
from handoff_worker.jobs import auditor, operations_gauges
from handoff_worker.routing import telephone
from handoff_worker.triggers import moved_case_triggers, trigger_subjects
from journey_api.callbacks import mail_sender
from journey_api.callbacks.caller_lookup import find_sender
from journey_api.cases.documents import list_cases
from journey_api.cases.timeline_rows import read_case_timeline
from journey_api.http.pagination import Page
from journey_api.http.query_parameters import Filters
from journey_api.promises.queries import PromiseFilter, list_promises
from journey_api.quality.moments import MomentFilter, list_moments, load_changes
from journey_api.reference import customer_merge
from journey_api.reference.collections import CUSTOMER
from journey_api.reference.search import find
from journey_api.reports.clock_filter import TimerFilter
from journey_api.reports.clock_report import timers_query
from journey_api.reports.notification_list import NotificationFilter, list_notifications
from journey_api.tasks.queries import Order, Sort, list_tasks, tasks_query
from notifier import due_probe
from notifier.consumers import breach_acknowledgement
from notifier.content import template_data
from notifier.context import ChannelConfig, NotifierContext
from notifier.followup.manual_sends import sends_of_task
from notifier.notifications import still_relevant
from notifier.planning import digests
from notifier.planning.session_window import window_open
from notifier.timers import scheduler
from shared.cases import open_cases, playbook_view
from shared.cases.case_finder import find_case
from shared.cases.case_lookup import lookup_of
from shared.commands import reoffer_task
from shared.commands.follow_order import OrderChange, follow_order
from shared.db.prepared import Prepared
from shared.db.schema import metadata
from shared.messaging import retention
from shared.messaging.postgres import backlog
from shared.people import recent_inbound, staff
from shared.people.eligibility import Address
from shared.playbook.ruleset.loader import playbook
from shared.playbook.types import JourneyEvent
from shared.promises import queries
from shared.quality import fact_statements, moment_rows
from shared.sla.store import appointment_clocks, fact_history
from shared.vocabulary import OPEN_STATUSES

Ask: TypeAlias = Callable[[AsyncConnection], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class ByFunction:
    """What asks a function of the database, whose statements are planned within it."""

    ask: Ask


@dataclass(frozen=True, slots=True)
class ByValues:
    """What asks for something of which the values decide how it is found; the API's statements are planned by them."""

    ask: Ask


Statement: TypeAlias = Prepared | Executable | str
Query: TypeAlias = Statement | Ask | ByFunction | ByValues
"""A statement where it is imported, its text, or what asks it when it is called."""

_DEALER: Final = "D-1"
_NOW: Final = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
_PAGE: Final = Page(50, None)
_TOLD_OF_TASK: Final = (
    "select exists (select from notification where message = 'OFFERED' and task_id = $1 and dealer_id = $2)"
)
"""Of `notifier.consumers.task_events._was_notified`."""


def _context(connection: AsyncConnection) -> NotifierContext:
    return NotifierContext(connection, ChannelConfig(playbook()), _NOW, _NOW)


def _cases(wanted: Filters) -> Query:
    return lambda connection: list_cases(connection, _DEALER, wanted, _PAGE)


def _tasks(wanted: Filters, sort: Sort, person: str | None = None) -> Ask:
    order = Order(sort)
    query = tasks_query(wanted, order, person=person)
    return lambda connection: list_tasks(connection, query, order, _PAGE, wanted)


def _notifications(wanted: Filters) -> Query:
    return lambda connection: list_notifications(connection, NotificationFilter(wanted), None, 50)


def _promises(**wanted: str) -> Ask:
    columns = {name: [value] for name, value in wanted.items()}
    return lambda connection: list_promises(connection, PromiseFilter(columns), None, 50)


def _moments(wanted: MomentFilter) -> Query:
    return lambda connection: list_moments(connection, wanted, _PAGE)


def _about_a_telephone(connection: AsyncConnection) -> Awaitable[Any]:
    return find_sender(connection, "+351900001999")


def _without_customer(connection: AsyncConnection) -> Awaitable[Any]:
    event = JourneyEvent("E-1", _DEALER, "service_advisor", _NOW)
    return find_case(connection, lookup_of(event, "Europe/Lisbon", (), {}))


def _notices_to_a_person(connection: AsyncConnection) -> Awaitable[Any]:
    return breach_acknowledgement._notices_to(_context(connection), _DEALER, "K-1", "S-1")


def _window(connection: AsyncConnection) -> Awaitable[Any]:
    return window_open(_context(connection), _DEALER, Address("whatsapp", "+351900001999"), "C-1")


def _sends(connection: AsyncConnection) -> Awaitable[Any]:
    return sends_of_task(_context(connection), "K-1")


def _timeline(connection: AsyncConnection) -> Awaitable[Any]:
    return read_case_timeline(connection, playbook(), "en", _DEALER, "K-1")


def _of_order(connection: AsyncConnection) -> Awaitable[Any]:
    return follow_order(connection, OrderChange(dealer_id=_DEALER, order_id="O-1", before=None, after=None), _NOW)


def _searched(words: str) -> Query:
    return ByFunction(lambda connection: _search(connection, words))


async def _search(connection: AsyncConnection, words: str) -> None:
    await find(connection, CUSTOMER, _DEALER, words, "", 50)


def _with_address(connection: AsyncConnection) -> Awaitable[Any]:
    wanted = '[{"kind": "email", "address": "x@y.pt", "verified": true}]'
    return connection.execute(mail_sender._WITH_ADDRESS, {"wanted": [wanted], "channel": "email"})


QUERIES: Final[Mapping[str, Query]] = {
    "ix_appointment_customer": trigger_subjects._BOOKED,
    "ix_appointment_status_change_customer": fact_statements.ARRIVALS,
    "ix_comment_case": _timeline,
    "ix_contact_case": fact_history._CONTACTS,
    "ix_contact_customer": recent_inbound._CONTACTS,
    "ix_customer_channels": ByFunction(_with_address),
    "ix_customer_merged_into": "update customer set merged_into = $1 where dealer_id = $2 and merged_into = $3",
    "ix_customer_number_ends": ByFunction(_about_a_telephone),
    "ix_customer_order_customer": customer_merge._MOVE,
    "ix_event_intake_customer": fact_statements.KNOWN_ELSEWHERE,
    "ix_feed_age": text(retention._PRUNES["feed"][1]),
    "ix_inbound_message_address": _window,
    "ix_inbound_message_contact": recent_inbound._CONTACTS,
    "ix_inbox_age": text(retention._PRUNES["inbox"][1]),
    "ix_journey_case_customer": open_cases._NEWEST,
    "ix_journey_case_day": _without_customer,
    "ix_journey_case_list": _cases({"dealer_id": [_DEALER]}),
    "ix_journey_case_status": _cases({"status": ["open"]}),
    "ix_journey_event_customer": fact_statements.EVENTS,
    "ix_journey_event_time": telephone._RINGING,
    "ix_moment_change_moment": lambda connection: load_changes(connection, "E-1"),
    "ix_moment_customer": moment_rows._OF_TARGETS,
    "ix_moment_time": moment_checks.CUSTOMERS,
    "ix_moment_worst": _moments(MomentFilter({"dealer_id": [_DEALER]})),
    "ix_notification_address": _about_a_telephone,
    "ix_notification_attempt_reference": _sends,
    "ix_notification_bundles": digests._OPENED,
    "ix_notification_case": _notices_to_a_person,
    "ix_notification_customer": still_relevant._COVERED,
    "ix_notification_delivery_deadline": due_probe._DUE,
    "ix_notification_held": due_probe._DUE,
    "ix_notification_list": _notifications({"dealer_id": [_DEALER]}),
    "ix_notification_next": due_probe._DUE,
    "ix_notification_task": _TOLD_OF_TASK,
    "ix_outbox_visible": backlog._UNREAD,
    "ix_preference_change_customer": customer_merge._MOVE,
    "ix_promise_case": queries._OF_CASES,
    "ix_promise_customer": fact_statements.PROMISES,
    "ix_promise_due": _promises(dealer_id=_DEALER),
    "ix_promise_event_time": ByValues(lambda connection: read_promises(connection, "", _NOW, 50, ())),
    "ix_promise_open": ByValues(_promises(dealer_id=_DEALER, owner_staff_id="owner_staff_id-1", state="open")),
    "ix_promise_order": _of_order,
    "ix_receipt_unapplied": due_probe._DUE,
    "ix_record_search_owner": _searched("ana 12"),
    "ix_record_search_words": _searched("c4ca4238a0b9"),
    "ix_routing_case": fact_history._EVENTS,
    "ix_session_secret_hash": "delete from session where secret_hash = $1",
    "ix_sla_timer_case": template_data._ANSWERS_DUE,
    "ix_sla_timer_due": timers_query(TimerFilter(_DEALER), _NOW).limit(50),
    "ix_sla_timer_live": operations_gauges._BY_DEALER[operations_gauges.open_breaches],
    "ix_sla_timer_task": template_data._OFFERS_DUE,
    # planned once, as the worker has it, it would be found by another: the subject is a value
    "ix_sla_timer_visit": lambda connection: appointment_clocks._visits(connection, [(_DEALER, "C-1")]),
    "ix_staff_message_customer": customer_merge._MOVE,
    "ix_suggestion_customer": customer_merge._MOVE,
    "ix_task_assignee": ByValues(_tasks({"dealer_id": [_DEALER], "status": OPEN_STATUSES}, "priority", "S-1")),
    "ix_task_case": playbook_view._TASKS,
    "ix_task_created": _tasks({}, "created_at"),
    "ix_task_customer": fact_statements.TASKS,
    "ix_task_due": _tasks({}, "due_at"),
    "ix_task_event": verify_load._ELSEWHERE,
    "ix_task_held": staff._LOADS,
    "ix_task_list": _tasks({"dealer_id": [_DEALER]}, "priority"),
    "ix_task_offered": ByValues(_tasks({"dealer_id": [_DEALER], "status": OPEN_STATUSES}, "priority", "S-1")),
    "ix_task_queue": reoffer_task._QUEUES,
    "ix_task_role": _tasks({"role": ["service_advisor"], "dealer_id": [_DEALER]}, "priority"),
    "ix_task_source_event": auditor.FINDINGS["decisions_without_task"],
    "ix_task_updated": _tasks({}, "updated_at"),
    "ix_timer_due_case": moved_case_triggers._PAGE,
    "ix_timer_due_fire": scheduler._NEXT,
    "ix_timer_due_fire_other": scheduler._NEXT,
    "ix_vehicle_customer": customer_merge._MOVE,
    "ix_vehicle_key": playbook_view._DELIVERED,
}
"""In the order of their names."""

GUARDS: Final[Mapping[str, str]] = {
    **{
        f"pk_{name}": f"one row of {', '.join(column.name for column in table.primary_key)}"
        for name, table in metadata.tables.items()
    },
    "uq_api_key_secret_hash": "a secret opens one key",
    "uq_dead_letter_consumer_source_record_id": "a record is a consumer's dead letter once",
    "uq_journey_event_dealer_id_source_id": "an event that is posted again is a repeat",
    "uq_notification_attempt_notification_id_number": "a notification has one attempt of each number",
    "uq_notification_dealer_id_dedupe_key": "nobody is told the same twice",
    "uq_sla_timer_dealer_id_subject_subject_id_rule_cycle": "a rule has one clock a subject and cycle",
    "uq_sla_timer_event_threshold": "a threshold fires once",
    "uq_task_open_class": "a case has one open task of a class",
}
"""What each unique index guards."""
