"""The commands `handoff keys` and `handoff dead-letters`."""

import sys
from typing import Annotated, Any
from urllib.parse import quote

import typer

from handoff_local.cli.output import AsJson, as_text
from handoff_local.errors import CommandFailed

keys = typer.Typer(no_args_is_help=True, help="API keys: create, list, revoke.")
dead_letters = typer.Typer(no_args_is_help=True, help="Records that could not be processed: list, replay.")


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    dealer: Annotated[list[str], typer.Option(help="A dealer it opens; repeat for more, * for all.")],
    scope: Annotated[list[str], typer.Option(help="events:write, tasks:read, tasks:write, ops:read or admin.")],
    staff: Annotated[str | None, typer.Option(help="Bind it to this member of staff.")] = None,
    expires: Annotated[str | None, typer.Option(help="Until when it is valid (RFC 3339).")] = None,
) -> None:
    """Make a key and print it; it is shown this once."""
    from handoff_local.client import connect

    wanted: dict[str, object] = {"name": name, "dealers": dealer, "scopes": scope}
    wanted |= {"staff_id": staff} if staff else {}
    wanted |= {"expires_at": expires} if expires else {}
    made = connect().post("/v1/keys", wanted)
    typer.echo(f"{made['key_id']}\n{made['key']}")


@keys.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List keys, without their secrets."""
    from handoff_local.client import connect

    found = list(connect().items("/v1/keys"))
    columns = ("key_id", "name", "dealers", "scopes", "staff_id", "expires_at", "revoked_at")
    _show(found, columns, as_json)


@keys.command("revoke")
def revoke_key(key_id: Annotated[str, typer.Argument(help="The id that `keys list` shows.")]) -> None:
    """Make a key useless from now on."""
    from handoff_local.client import connect

    connect().delete(f"/v1/keys/{quote(key_id, safe='')}")
    typer.echo(f"{key_id} is revoked")


@dead_letters.command("list")
def list_dead_letters(as_json: AsJson = False) -> None:
    """List the records that failed for good, with the reason."""
    from handoff_local.client import connect

    found = list(connect().items("/v1/dead-letters"))
    _show(found, ("id", "topic", "key", "event_id", "tries", "last_at", "reason"), as_json)


@dead_letters.command("replay")
def replay_dead_letters(
    ids: Annotated[list[str] | None, typer.Argument(help="The ids that `dead-letters list` shows.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
) -> None:
    """Process dead records again."""
    from handoff_local.client import connect

    if bool(ids) == every:
        raise CommandFailed("name the dead letters to replay, or give --all")
    client = connect()
    chosen = [letter["id"] for letter in client.items("/v1/dead-letters")] if every else ids or []
    for letter_id in chosen:
        client.post(f"/v1/dead-letters/{quote(letter_id, safe='')}/replay", {})
    typer.echo(f"{len(chosen)} to be processed again")


def _show(items: list[dict[str, Any]], columns: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        typer.echo(as_text({"items": items}))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for item in items:
        table.add_row(*(_cell(item.get(column)) for column in columns))
    Console(width=None if sys.stdout.isatty() else 200).print(table)


def _cell(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
