"""`handoff verify`: what is stored against what can be rebuilt, in lines for people or for the next command."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

import typer

from handoff_local.database.connection import stored
from handoff_local.errors import CommandFailed
from handoff_local.verify import Scope, Verdict, verify
from shared.playbook.ruleset.loader import load_playbook


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
    async with stored(scope.dealer_id) as (database, now):
        async for verdict in verify(database, load_playbook(), scope, now):
            summary.add(verdict)
            for one in verdict.differences:
                yield json.dumps(one.document(), default=_text) if as_json else one.line()


def _text(value: object) -> object:
    return sorted(value) if isinstance(value, set | frozenset) else str(value)
