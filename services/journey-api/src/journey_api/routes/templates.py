"""`/v1/dealers/{d}/templates`: a dealer's own wordings of messages."""

from typing import Annotated, Final

from fastapi import Depends, Path, Response
from pydantic import BaseModel

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.dependencies import DealerDep, NowDep, TransactionDep, requires
from journey_api.http.auth import ADMIN
from journey_api.http.etags import IfMatchDep, etag
from journey_api.messages.template_overrides import (
    TemplateOverride,
    TemplateSent,
    list_overrides,
    put_override,
    read_override,
    withdraw_override,
)
from journey_api.reference.value_types import Locale

router = keyed_router("messages")

_ADMIN: Final = [Depends(requires(ADMIN))]
NameDep = Annotated[
    str, Path(max_length=64, description="A message, or a template of people's own: `ACK`, `call_back`.")
]
LocaleDep = Annotated[Locale, Path(description="A locale, or a language for all of its locales: `pt-BR`, `pt`.")]


class TemplateOverrides(BaseModel):
    """Every wording of a dealer that stands."""

    items: list[TemplateOverride]
    next_cursor: None = None


@router.put(
    "/dealers/{dealer_id}/templates/{name}/{locale}",
    status_code=201,
    dependencies=_ADMIN,
    responses={200: {"model": TemplateOverride, "description": "A new version of it, or the same words again"}},
)
async def put_template(
    dealer_id: DealerDep,
    name: NameDep,
    locale: LocaleDep,
    words: TemplateSent,
    connection: TransactionDep,
    expected: IfMatchDep,
    now: NowDep,
    response: Response,
) -> TemplateOverride:
    """Word a message otherwise, for readers of a locale or language; messages from now on are put into these words.

    Refused with the line and reason: unknown values, anything but saying them, what stays silent or says `None` where a
    value is not known, text messages that are too long or outside of their alphabet. Greeting, signature and the
    dealer's lines stand around the words in any case.
    """
    expected = words.expects(dealer_id, name, locale, expected)
    stored, new = await put_override(connection, dealer_id, name, locale, words, expected, now)
    response.status_code = 201 if new else 200
    response.headers["ETag"] = etag(stored.version)
    return stored


@router.get("/dealers/{dealer_id}/templates/{name}/{locale}", dependencies=_ADMIN)
async def read_template(
    dealer_id: DealerDep, name: NameDep, locale: LocaleDep, connection: TransactionDep, response: Response
) -> TemplateOverride:
    """A wording that stands."""
    found = await read_override(connection, dealer_id, name, locale)
    response.headers["ETag"] = etag(found.version)
    return found


@router.get("/dealers/{dealer_id}/templates", dependencies=_ADMIN)
async def list_templates(dealer_id: DealerDep, connection: TransactionDep) -> TemplateOverrides:
    """The wordings of a dealer that stand."""
    return TemplateOverrides(items=await list_overrides(connection, dealer_id))


@router.delete("/dealers/{dealer_id}/templates/{name}/{locale}", status_code=204, dependencies=_ADMIN)
async def delete_template(
    dealer_id: DealerDep,
    name: NameDep,
    locale: LocaleDep,
    connection: TransactionDep,
    expected: IfMatchDep,
    now: NowDep,
) -> None:
    """Let the shipped wording stand again."""
    await withdraw_override(connection, dealer_id, name, locale, expected, now)
