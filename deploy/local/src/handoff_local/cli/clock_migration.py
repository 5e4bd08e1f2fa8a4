"""`handoff clocks migrate`: what would change, or has, in lines for people or for the next command."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final

import typer

from handoff_local.database.connection import stored
from handoff_local.errors import CommandFailed
from shared.calendar.business_time import CalendarExhausted
from shared.commands.migrate_clocks import Migration, apply_migrations, find_migrations
from shared.db.engine import Database
from shared.sla.store.policies import load_policies

_AT_ONCE: Final = 200


def print_migration(dealer_id: str, *, apply: bool, as_json: bool) -> None:
    """Print a line for each clock, then how many. Raises CommandFailed."""
    count = asyncio.run(_print(dealer_id, apply=apply, as_json=as_json))
    if as_json:
        typer.echo(json.dumps({"clocks": count, "applied": apply}))
    elif apply:
        typer.echo(f"{count} clocks migrated")
    else:
        typer.echo(f"{count} clocks would change; nothing is written without --apply")


async def _print(dealer_id: str, *, apply: bool, as_json: bool) -> int:
    count = 0
    try:
        async with stored(dealer_id) as (database, now):
            async for one in migrate_clocks(database, dealer_id, now, apply=apply):
                count += 1
                typer.echo(json.dumps(_document(one)) if as_json else _line(one))
    except CalendarExhausted as error:
        raise CommandFailed(f"{error}; {count} clocks before it were {'migrated' if apply else 'shown'}") from None
    return count


async def migrate_clocks(database: Database, dealer_id: str, now: datetime, *, apply: bool) -> AsyncIterator[Migration]:
    """Every live clock of the dealer that would start otherwise today, by id; with `apply` it is migrated.

    So many at once are a transaction. Raises LookupError for an unknown dealer, CalendarExhausted for a clock that
    could never be due.
    """
    after = ""
    while True:
        async with database.transaction(dealer_id) as connection:
            policies = (await load_policies(connection, [dealer_id]))[dealer_id]
            found = await find_migrations(connection, dealer_id, policies, now, after=after, limit=_AT_ONCE)
            shown = await apply_migrations(connection, found, policies, now) if apply else found
        for one in shown:
            yield one
        if len(found) < _AT_ONCE:
            return
        after = found[-1].before.timer_id


def _document(one: Migration) -> dict[str, Any]:
    timer = one.before
    return {
        "timer_id": timer.timer_id,
        "rule": timer.rule,
        "target": timer.target,
        "subject": timer.subject,
        "subject_id": timer.subject_id,
        "state": timer.state,
        "due_at": timer.due_at.isoformat(),
        "new_due_at": one.after.due_at.isoformat(),
    }


def _line(one: Migration) -> str:
    timer = one.before
    named = f"{timer.rule:<7} {timer.target} of {timer.subject} {timer.subject_id}"
    if timer.state == "paused":
        return f"{named}: paused, due anew when it goes on"
    if one.after.due_at == timer.due_at:
        return f"{named}: due {timer.due_at.isoformat()} as before, with other warnings or steps"
    return f"{named}: due {timer.due_at.isoformat()} -> {one.after.due_at.isoformat()}"
