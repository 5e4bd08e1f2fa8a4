"""A list as a CSV file: all its rows, streamed from a cursor of the database, whatever their number."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Query, Request
from sqlalchemy import Select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response, StreamingResponse

from journey_api.access.app_state import Stack
from journey_api.access.dependencies import PrincipalDep, StackDep
from journey_api.http.auth import Principal
from journey_api.http.csv_rows import header, lines_of
from journey_api.http.problems import unavailable

MEDIA_TYPE: Final = "text/csv"
AS_CSV: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}, "description": "A page as JSON, or all rows as CSV."}
}
"""What OpenAPI says of a list that is also a file."""

_BATCH: Final = 200
_TAKES_ITS_TIME: Final = (
    text("set local transaction_timeout = 0"),
    text("set local idle_in_transaction_session_timeout = '60s'"),
)
"""A client that takes no more for so long loses its file: the database does not keep its rows for it."""

Rows = Sequence[Any]
Show = Callable[[AsyncConnection, Rows], Awaitable[Sequence[Mapping[str, Any]]]]
"""Makes rows of the query the documents of the list, as JSON would show them."""


@dataclass(frozen=True, slots=True)
class CsvExport:
    """Whether the caller wants a file, and how it is made. `wanted` False: answer as JSON."""

    wanted: bool
    stack: Stack
    principal: Principal

    async def answer(self, name: str, columns: Sequence[str], query: Select[Any], show: Show) -> Response:
        """Every row of the query, in its order. Raises Problem 503 while as many files as may be are being written.

        A transaction of its own, open until the last byte is out; it holds some rows at a time.
        """
        if self.stack.exports.locked():
            raise unavailable("Too many exports at once.", seconds=5)
        chunks = self._chunks(columns, query, show)
        first = await anext(chunks)
        headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Vary": "Accept"}
        return StreamingResponse(_and_rest(first, chunks), headers=headers, media_type=f"{MEDIA_TYPE}; charset=utf-8")

    async def _chunks(self, columns: Sequence[str], query: Select[Any], show: Show) -> AsyncIterator[str]:
        async with self.stack.exports, self.stack.database.transaction(self.principal.reach) as connection:
            for setting in _TAKES_ITS_TIME:
                await connection.execute(setting)
            rows = (await connection.stream(query.execution_options(yield_per=_BATCH))).mappings()
            line = header(columns)
            async for batch in rows.partitions():
                yield line + lines_of(columns, await show(connection, batch))
                line = ""
            if line:
                yield line


async def _and_rest(first: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for chunk in rest:
        yield chunk


def read_export(
    request: Request,
    stack: StackDep,
    principal: PrincipalDep,
    form: Annotated[
        Literal["json", "csv"] | None,
        Query(alias="format", description="`csv`: all rows as a file, as `Accept: text/csv` does."),
    ] = None,
) -> CsvExport:
    """Whether the request asks for a file: by `format`, else by what it accepts."""
    wanted = form == "csv" if form else prefers_csv(request.headers.get("accept", ""))
    return CsvExport(wanted, stack, principal)


ExportDep = Annotated[CsvExport, Depends(read_export)]


def prefers_csv(accept: str) -> bool:
    """Whether an `Accept` header names CSV, and JSON not as gladly (RFC 9110, 12.5.1)."""
    weights: dict[str, float] = {}
    for part in accept.lower().split(","):
        kind, *parameters = (one.strip() for one in part.split(";"))
        weights[kind] = next((_weight(one) for one in parameters if one.startswith("q=")), 1.0)
    return weights.get(MEDIA_TYPE, 0.0) > weights.get("application/json", 0.0)


def _weight(parameter: str) -> float:
    try:
        return float(parameter[2:])
    except ValueError:
        return 0.0
