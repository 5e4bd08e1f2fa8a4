"""`handoff clocks migrate`: what would change, or has, in lines for people or for the next command."""

import asyncio
import json
from typing import Any

import typer

from handoff_local.database.connection import stored
from handoff_local.errors import CommandFailed
from handoff_local.policy_migration.running_timers import Migration, migrate_clocks
from shared.calendar.business_time import CalendarExhausted


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
