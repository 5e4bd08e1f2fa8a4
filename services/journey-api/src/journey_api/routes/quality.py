"""Quality: the moments of truth, the worst first; how customers were treated; the signals of the documents."""

from typing import Annotated, Any

from fastapi import Depends, Path, Query, Response
from typing_extensions import TypedDict

from journey_api.access.authenticated_route import keyed_router
from journey_api.access.csv_export import AS_CSV, ExportDep
from journey_api.access.dependencies import (
    NowDep,
    PrincipalDep,
    StackDep,
    TransactionDep,
    requires,
)
from journey_api.http.auth import Principal
from journey_api.http.field_types import Id, Role
from journey_api.http.languages import AskedLanguageDep, LanguageDep
from journey_api.http.pagination import PageDep
from journey_api.http.periods import PeriodDep
from journey_api.http.problems import invalid, not_found
from journey_api.http.query_parameters import given
from journey_api.quality.counts import Asked, By
from journey_api.quality.documents import (
    MomentDocument,
    MomentWithChanges,
    Signal,
    SummaryItem,
    change_document,
    moment_document,
)
from journey_api.quality.key_names import Names
from journey_api.quality.moments import MomentFilter, find_moment, list_moments, load_changes, moments_query, place_of
from journey_api.quality.quality_signals import list_signals
from journey_api.quality.summary import summarise
from journey_api.tasks.documents import load_language_code
from shared.quality.types import Flag, Kind

router = keyed_router("quality")
OPERATIONS = "ops:read"
MOST_KEYS = 2

Step = Annotated[int, Query(ge=1, le=20)]
Customer = Annotated[Id | None, Query(description="Only this customer's: then `tasks:read` will do.")]


class MomentList(TypedDict):
    """Moments of truth, the worst first."""

    items: list[MomentDocument]
    next_cursor: str | None


class SummaryList(TypedDict):
    """A line for each key."""

    items: list[SummaryItem]
    next_cursor: None


class SignalList(TypedDict):
    """The signals and standards of the documents."""

    items: list[Signal]
    next_cursor: None


def _may_read(principal: Principal, customer_id: str | None) -> None:
    """Raise Problem 403 where neither scope will do: a customer's own moments are also `tasks:read`."""
    scopes = (OPERATIONS, "tasks:read") if customer_id is not None else (OPERATIONS,)
    principal.require(*scopes)


@router.get("/quality/contacts", response_model=MomentList, responses=AS_CSV)
async def get_moments(
    principal: PrincipalDep,
    connection: TransactionDep,
    page: PageDep,
    period: PeriodDep,
    export: ExportDep,
    dealer_id: Annotated[Id | None, Query()] = None,
    customer_id: Customer = None,
    case_id: Annotated[Id | None, Query()] = None,
    step: Annotated[list[Step] | None, Query(description="Steps of the journey, 1 to 20.")] = None,
    role: Annotated[list[Role] | None, Query(description="Who met the customer.")] = None,
    staff_id: Annotated[str | None, Query(max_length=64)] = None,
    kind: Annotated[list[Kind] | None, Query()] = None,
    score: Annotated[
        list[Annotated[int, Query(ge=-1, le=1)]] | None,
        Query(description="-1 tragic, 0 apathetic, 1 enchanted."),
    ] = None,
    flag: Annotated[list[Flag] | None, Query(description="Those of which any of these flags holds.")] = None,
) -> dict[str, Any] | Response:
    """The moments of truth, the worst first: by score, then by the number of flags, then the newest."""
    _may_read(principal, customer_id)
    values: dict[str, Any] = given(
        {
            "dealer_id": dealer_id,
            "customer_id": customer_id,
            "case_id": case_id,
            "role": role,
            "staff_id": staff_id,
            "kind": kind,
        }
    )
    values |= {name: found for name, found in (("step", step), ("score", score)) if found is not None}
    wanted = MomentFilter(values, flag or (), period)
    if export.wanted:

        async def show(_: Any, rows: Any) -> list[dict[str, Any]]:
            return [{**moment_document(row)} for row in rows]

        return await export.answer("moments", tuple(MomentDocument.__annotations__), moments_query(wanted), show)
    rows = await list_moments(connection, wanted, page)
    return page.answer(rows, moment_document, place_of)


@router.get("/quality/contacts/{moment_id}")
async def get_moment(
    moment_id: Annotated[str, Path(max_length=64)],
    principal: PrincipalDep,
    connection: TransactionDep,
    customer_id: Customer = None,
) -> MomentWithChanges:
    """A moment of truth, and what changed of it because of what."""
    _may_read(principal, customer_id)
    row = await find_moment(connection, moment_id, customer_id) if "\x00" not in moment_id else None
    if row is None:
        raise not_found()
    changes = [change_document(change) for change in await load_changes(connection, moment_id)]
    return {**moment_document(row), "changes": changes}


@router.get("/quality/summary", dependencies=[Depends(requires(OPERATIONS))])
async def get_quality_summary(
    connection: TransactionDep,
    now: NowDep,
    stack: StackDep,
    asked_language: AskedLanguageDep,
    period: PeriodDep,
    dealer_id: Annotated[Id | None, Query()] = None,
    by: Annotated[
        list[By] | None, Query(description="What is grouped by, one or two; dealer by default. `signal` is the flag.")
    ] = None,
) -> SummaryList:
    """How customers were treated in a period: moments by score, response clocks kept, level and kind."""
    keys = by or ["dealer"]
    if len(keys) > MOST_KEYS or len(set(keys)) < len(keys):
        raise invalid("?by", "given_twice", "One thing to group by, or two different ones")
    asked = Asked(keys, dealer_id, period, now)
    language = await load_language_code(connection, dealer_id or "", asked_language)
    items = await summarise(connection, asked, Names(stack.playbook, language))
    return {"items": items, "next_cursor": None}


@router.get("/quality/signals", dependencies=[Depends(requires(OPERATIONS))])
async def get_signals(stack: StackDep, language: LanguageDep) -> SignalList:
    """The 30 signals and 11 standards of quality: the flag or figure by which each is known, or why it is not."""
    return {"items": list_signals(stack.playbook.texts, language), "next_cursor": None}
