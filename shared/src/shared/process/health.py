"""Liveness, readiness and metrics over HTTP: the same three routes on every service."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from shared.db.engine import Database
from shared.process.telemetry import exposition

SCHEMA_HEAD: Final = "0044"
"""The migration this code needs, the newest in `migrations/versions`; they are numbered in four digits."""

OK: Final = "ok"
_ANSWER_WITHIN: Final = 2.0

Check = Callable[[], Awaitable[str]]
"""Answers `ok`, or in a few words what is wrong. May raise; may not take longer than two seconds."""


class Health:
    """Whether a service is ready for work: all its checks pass and it has not been told to stop."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self.checks: dict[str, Check] = dict(checks)
        self.stopping = False

    async def report(self) -> dict[str, str]:
        """What each check says, `process` among them."""
        answers = await asyncio.gather(*(_answer(check) for check in self.checks.values()))
        return {"process": "stopping" if self.stopping else OK, **dict(zip(self.checks, answers, strict=True))}

    def routes(self) -> list[Route]:
        """`/livez`, `/readyz` and `/metrics`, for a Starlette or FastAPI application."""
        return [
            Route("/livez", _livez, include_in_schema=False),
            Route("/readyz", self._readyz, include_in_schema=False),
            Route("/metrics", _metrics, include_in_schema=False),
        ]

    async def _readyz(self, _request: Request) -> Response:
        report = await self.report()
        ready = all(answer == OK for answer in report.values())
        content = {"status": "ready" if ready else "not_ready", "checks": report}
        return JSONResponse(content, status_code=200 if ready else 503)


def database_checks(database: Database) -> dict[str, Check]:
    """That the database answers, and that its schema is the one this code needs, or a later one: that only expands."""

    async def reachable() -> str:
        async with database.transaction() as connection:
            await connection.execute(text("select 1"))
        return OK

    async def schema() -> str:
        found = await schema_version(database)
        if found is not None and found >= SCHEMA_HEAD:
            return OK
        return f"at {found or 'no migration'}, needs {SCHEMA_HEAD}"

    return {"database": reachable, "schema": schema}


async def schema_version(database: Database) -> str | None:
    """The migration the database stands at; None before the first."""
    async with database.transaction() as connection:
        if not (await connection.execute(text("select to_regclass('alembic_version') is not null"))).scalar_one():
            return None
        return (await connection.execute(text("select version_num from alembic_version"))).scalar_one_or_none()


async def _answer(check: Check) -> str:
    try:
        async with asyncio.timeout(_ANSWER_WITHIN):
            return await check()
    except TimeoutError:
        return "no answer in time"
    except Exception as error:
        # the kind only: the words may hold addresses
        return f"failed: {type(error).__name__}"


async def _livez(_request: Request) -> Response:
    return JSONResponse({"status": "alive"})


async def _metrics(_request: Request) -> Response:
    content, media_type = exposition()
    return Response(content, media_type=media_type)
