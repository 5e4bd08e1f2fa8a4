"""`handoff verify`: what is stored against what can be rebuilt, in lines for people or for the next command."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg
import typer
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from handoff_local.failures import CommandFailed, reason_of_driver
from shared.clock import clock_from
from shared.database import Database, read_anchor
from shared.playbook.load import load_playbook
from shared.settings import Settings
from shared.tables import dealer
from shared.verification import Scope, Verdict, verify


@dataclass
class Summary:
    """The counts of a whole run."""

    compared: Counter[str] = field(default_factory=Counter)
    not_comparable: Counter[tuple[str, str]] = field(default_factory=Counter)
    drift: int = 0

    def add(self, verdict: Verdict) -> None:
        """Count one verdict."""
        self.compared.update(verdict.compared)
        self.not_comparable.update(verdict.excused)
        self.drift += len(verdict.differences)

    def document(self) -> dict[str, object]:
        """As JSON."""
        left = [
            {"what": what, "reason": reason, "count": count}
            for (what, reason), count in sorted(self.not_comparable.items())
        ]
        return {"drift": self.drift, "compared": dict(sorted(self.compared.items())), "not_comparable": left}

    def lines(self) -> list[str]:
        """For a person."""
        compared = ", ".join(f"{count} {what}" for what, count in sorted(self.compared.items()))
        left = [f"not comparable: {n} {what}: {why}" for (what, why), n in sorted(self.not_comparable.items())]
        return [f"compared: {compared or 'nothing'}", *left, f"drift: {self.drift}"]


def print_verification(dealer_id: str | None, since: str | None, *, as_json: bool) -> int:
    """Print a line for each difference, then the counts; answers the exit code: 0 no drift, 1 drift, 2 not verified."""
    summary = Summary()
    try:
        asyncio.run(_print(scope_of(dealer_id, since), summary, as_json=as_json))
    except CommandFailed as failed:
        typer.echo(f"handoff: cannot verify: {failed}", err=True)
        return 2
    for line in [json.dumps(summary.document())] if as_json else summary.lines():
        typer.echo(line)
    return 1 if summary.drift else 0


async def _print(scope: Scope, summary: Summary, *, as_json: bool) -> None:
    async for line in verdict_lines(scope, summary, as_json=as_json):
        typer.echo(line)


def scope_of(dealer_id: str | None, since: str | None) -> Scope:
    """What the options ask for. Raises CommandFailed for an instant without an offset."""
    if since is None:
        return Scope(dealer_id)
    try:
        instant = datetime.fromisoformat(since)
    except ValueError:
        raise CommandFailed(f"--since {since}: not an instant (RFC 3339)") from None
    if instant.tzinfo is None:
        raise CommandFailed(f"--since {since}: needs an offset, for example 2026-11-20T09:00:00Z")
    return Scope(dealer_id, instant)


async def verdict_lines(scope: Scope, summary: Summary, *, as_json: bool) -> AsyncIterator[str]:
    """A line for each difference as it is found; `summary` grows. Raises CommandFailed where nothing can be read."""
    try:
        database = Database(Settings().database_address(), pool_size=1)
    except (RuntimeError, ValueError) as error:
        raise CommandFailed(str(error)) from None
    try:
        now = clock_from(await read_anchor(database))()
        await _check_dealer(database, scope.dealer_id)
        async for verdict in verify(database, load_playbook(), scope, now):
            summary.add(verdict)
            for one in verdict.differences:
                yield json.dumps(one.document(), default=_text) if as_json else one.line()
    except (SQLAlchemyError, asyncpg.PostgresError, OSError, TimeoutError, LookupError) as error:
        raise CommandFailed(reason_of_driver(error)) from None
    finally:
        await database.close()


async def _check_dealer(database: Database, dealer_id: str | None) -> None:
    """A dealer that is not there would be found without drift."""
    if dealer_id is None:
        return
    async with database.transaction() as connection:
        known = await connection.scalar(select(dealer.c.dealer_id).where(dealer.c.dealer_id == dealer_id))
    if known is None:
        raise CommandFailed(f"there is no dealer {dealer_id}")


def _text(value: object) -> object:
    return sorted(value) if isinstance(value, set | frozenset) else str(value)
