"""A person's own words to a customer, and what messages look like."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import NowDep, PrincipalDep, StackDep, TransactionDep, acting_person, requires
from journey_api.http.auth import Principal
from journey_api.http.field_types import ContactKind, Id, SentChannel
from journey_api.http.languages import AskedLanguageDep
from journey_api.http.problems import invalid
from journey_api.http.schema_rules import all_of, exactly_one
from journey_api.messages.staff_messages import Words, check_template, matter_of_case, matter_of_task, queue_message
from journey_api.messages.template_preview import TemplatePreview, preview_template
from journey_api.reference.value_types import Locale
from shared.people.staff import directory
from shared.vocabulary import TEMPLATES

router = keyed_router("messages")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)]
Param = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]

_SHIPPED: Final = "; ".join(f"`{name}` ({', '.join(params)})" for name, params in TEMPLATES.items())


_EITHER: Final = all_of(exactly_one("task_id", "case_id"), exactly_one("text", "template"))


class MessageBody(BaseModel):
    """Words about a task or a case: a `text` of up to 4,000 characters, or a `template` with its `params`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_EITHER)

    task_id: Id | None = None
    case_id: Id | None = None
    staff_id: Id
    kind: ContactKind
    text: Text | None = None
    template: Annotated[str | None, Field(max_length=64, description=f"With their parameters: {_SHIPPED}.")] = None
    params: Annotated[dict[str, Param] | None, Field(description="Each a text of up to 500 characters.")] = None


class Queued(BaseModel):
    """The notification that carries the words."""

    notification_id: str


@router.post("/messages", status_code=202, dependencies=[Depends(requires("tasks:write"))])
async def post_message(body: MessageBody, principal: PrincipalDep, connection: TransactionDep, now: NowDep) -> Queued:
    """Say something to the customer of a task or a case, by the customer's channels, wishes and quiet hours.

    It is a letter: greeting, the words, the person's name. Accepted by the provider it is an outbound contact of this
    kind by this person; without a channel it is a call for the customer owner.
    """
    return Queued(notification_id=await send_words(connection, principal, body, now))


async def send_words(connection: AsyncConnection, principal: Principal, body: MessageBody, now: datetime) -> str:
    """Queue the words as the caller; answers the id of their notification. Raises Problem 403, 422."""
    principal.act_as(body.staff_id)
    _check_choices(body)
    if body.task_id is not None:
        matter = await matter_of_task(connection, body.task_id)
    else:
        matter = await matter_of_case(connection, body.case_id or "", body.staff_id)
    acting_person(principal, await directory(connection, matter.dealer_id), body.staff_id)
    fields = body.model_dump(include={"staff_id", "kind", "text", "template"})
    return await queue_message(connection, matter, Words(**fields, params=body.params or {}), now)


@router.get("/messages/templates/{name}/preview")
async def get_template_preview(
    name: Annotated[
        str, Path(max_length=64, description="A message, or a template of people's own: `ACK`, `call_back`.")
    ],
    dealer_id: Annotated[str, Query(max_length=200)],
    asked: AskedLanguageDep,
    connection: TransactionDep,
    now: NowDep,
    stack: StackDep,
    locale: Annotated[
        Locale | None, Query(description="The reader's; else Accept-Language, else the dealer's.")
    ] = None,
    channel: Annotated[SentChannel, Query()] = "email",
) -> TemplatePreview:
    """What a message looks like with ordinary values, in the reader's language and as the channel carries it."""
    reader = locale or asked
    return await preview_template(connection, name, dealer_id, reader, channel, now, stack.settings.public_url)


def _check_choices(body: MessageBody) -> None:
    """That one of each pair is there, and the template's parameters."""
    if (body.task_id is None) == (body.case_id is None):
        raise invalid("/case_id" if body.task_id else "/task_id", "either_or", "Name either a task or a case")
    if (body.text is None) == (body.template is None):
        raise invalid("/template" if body.text else "/text", "either_or", "Give either a text or a template")
    if body.template is not None:
        check_template(body.template, body.params or {})
    elif body.params:
        raise invalid("/params", "not_here", "Only a template has parameters")
