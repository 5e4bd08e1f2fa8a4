"""The forms by which people act on a task, read into the bodies of the API and carried out by its commands."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from journey_api.console.fact_fields import read_facts
from journey_api.console.visit import Visit
from journey_api.http.etags import Expected
from journey_api.http.problems import Problem, invalid
from journey_api.http.validation_errors import faults_of
from journey_api.promises.actions import Action as PromiseAction
from journey_api.promises.requests import PromiseActionBody, PromiseBody
from journey_api.routes.cases import CommentBody, write_comment
from journey_api.routes.contacts import ContactBody, log_contact
from journey_api.routes.handoffs import HandoffBody, start_handoff
from journey_api.routes.messages import MessageBody, send_words
from journey_api.routes.promises import carry_out as change_promise
from journey_api.routes.promises import give_promise
from journey_api.routes.tasks import ANY_VERSION, carry_out
from journey_api.tasks.action_body import ActionBody
from journey_api.tasks.handover_packet import load_packets
from shared.lifecycle import PERSON_ACTIONS, Task
from shared.tasks.unit_of_work import TaskChanges

Fields = Mapping[str, str]
Body = TypeVar("Body", bound=BaseModel)
_INSTANTS: Final = ("until", "at", "due_at", "new_due_at")
_FROM_FORM: Final = ("staff_id", "reason", "outcome", "until", "to_staff_id", "to_role", "note", "force")


def read_fields(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The filled-in fields, of several of a name the last. Raises Problem 422 for what cannot be stored."""
    fields = {}
    for name, value in pairs:
        if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise invalid(f"/{name}", "malformed", "holds characters that are no text")
        if value.strip():
            fields[name] = value
    return fields


async def act(visit: Visit, task: Task, action: str, fields: Fields) -> None:
    """Do what a form asks for. Raises Problem, as the API does; 404 for an action there is none of."""
    if action in PERSON_ACTIONS:
        changes = TaskChanges(visit.connection, visit.stack.playbook, visit.now)
        body = read_body(visit, ActionBody, {name: fields[name] for name in _FROM_FORM if name in fields})
        await carry_out(changes, visit.viewer.principal, task.task_id, action, body, _expected(fields))
    else:
        await OTHERS[action](visit, task, fields)


def read_body(visit: Visit, model: type[Body], fields: Mapping[str, Any]) -> Body:
    """The body that a form means; local times are the dealer's. Raises Problem 422 with the fields at fault."""
    values = {name: _instant(visit, value) if name in _INSTANTS else value for name, value in fields.items()}
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise Problem(422, "The form is not whole.", errors=faults_of(error.errors(), values)) from error


async def start_from_form(visit: Visit, dealer_id: str, fields: Fields, known: Mapping[str, Any]) -> Task:
    """Start a handoff or take up a suggestion, the facts it gives with it."""
    given = {name: fields[name] for name in ("staff_id", "entry", "event_id", "to_role", "note") if name in fields}
    document = {**known, **given, "dealer_id": dealer_id}
    if facts := read_facts(fields):
        document["facts"] = facts
    body = read_body(visit, HandoffBody, document)
    changes = TaskChanges(visit.connection, visit.stack.playbook, visit.now)
    return await start_handoff(changes, visit.viewer.principal, body)


async def _comment(visit: Visit, task: Task, fields: Fields) -> None:
    if task.case_id is None:
        raise invalid("/case_id", "required", "The task belongs to no case")
    body = read_body(visit, CommentBody, _only(fields, "staff_id", "text"))
    await write_comment(visit.connection, visit.viewer.principal, task.dealer_id, task.case_id, body, visit.now)


async def _contact(visit: Visit, task: Task, fields: Fields) -> None:
    given = _only(fields, "staff_id", "direction", "channel", "kind", "outcome", "text", "at")
    about = {"dealer_id": task.dealer_id, "customer_id": task.customer_id, "task_id": task.task_id}
    if given.get("direction") == "inbound":
        given.pop("kind", None)
    body = read_body(visit, ContactBody, about | given)
    await log_contact(visit.connection, visit.stack.playbook, visit.viewer.principal, body, visit.now)


async def _promise(visit: Visit, task: Task, fields: Fields) -> None:
    about = {"dealer_id": task.dealer_id, "customer_id": task.customer_id, "case_id": task.case_id}
    given = _with_amount(_only(fields, "staff_id", "kind", "text", "due_at", "amount", "currency"))
    body = read_body(visit, PromiseBody, about | {"task_id": task.task_id} | given)
    await give_promise(visit.connection, visit.viewer.principal, body, visit.now)


async def act_on_promise(visit: Visit, promise_id: str, action: PromiseAction, fields: Fields) -> None:
    """Keep, move or withdraw a promise as a form says. Raises Problem, as the API does."""
    given = _with_amount(_only(fields, "staff_id", "at", "new_due_at", "reason", "extra", "amount"))
    if "customer_told_at" in fields:
        given["customer_told_at"] = visit.now
    body = read_body(visit, PromiseActionBody, given)
    try:
        await change_promise(visit.connection, visit.viewer.principal, promise_id, action, body, visit.now)
    except Problem as problem:
        if problem.status_code != 409:
            raise
        raise Problem(409, problem.detail, code="promise_ended") from problem


def _with_amount(fields: Mapping[str, str]) -> dict[str, Any]:
    """The fields with a sum as a number, also where it has a comma; what is none is left for the body's own check."""
    try:
        return {**fields, "amount": float(fields["amount"].replace(",", "."))} if "amount" in fields else {**fields}
    except ValueError:
        return {**fields}


async def _message(visit: Visit, task: Task, fields: Fields) -> None:
    """Send words, unless the customer has written since the form was opened: that is shown first."""
    body = read_body(visit, MessageBody, _only(fields, "staff_id", "kind", "text") | {"task_id": task.task_id})
    if opened := fields.get("opened_at"):
        await _refuse_unread(visit, task, _instant(visit, opened))
    await send_words(visit.connection, visit.viewer.principal, body, visit.now)


async def _handoff(visit: Visit, task: Task, fields: Fields) -> None:
    about = {"customer_id": task.customer_id, "case_id": task.case_id}
    if "event_id" not in fields and task.event_id is not None:
        about["event_id"] = task.event_id
    await start_from_form(visit, task.dealer_id, fields, {name: one for name, one in about.items() if one})


async def _refuse_unread(visit: Visit, task: Task, opened: Any) -> None:
    packet = (await load_packets(visit.connection, [task]))[task.task_id]
    for one in packet["history"]:
        new = one["type"] == "contact" and one["direction"] == "inbound" and isinstance(opened, datetime)
        if new and one["at"] > opened:
            raise Problem(409, one.get("text") or "", code="customer_wrote")


def _only(fields: Fields, *names: str) -> dict[str, str]:
    return {name: fields[name] for name in names if name in fields}


def _expected(fields: Fields) -> Expected:
    return Expected(frozenset({fields["version"]})) if fields.get("version") else ANY_VERSION


def _instant(visit: Visit, value: Any) -> Any:
    """A time of a form as an instant; what is none is left for the body's own check."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    return at if at.tzinfo else at.replace(tzinfo=visit.zone)


OTHERS: Final[Mapping[str, Callable[[Visit, Task, Fields], Awaitable[None]]]] = {
    "comment": _comment,
    "contact": _contact,
    "message": _message,
    "promise": _promise,
    "handoff": _handoff,
}
"""What people do besides the actions of a task."""

ACTIONS: Final = frozenset((*PERSON_ACTIONS, *OTHERS))
