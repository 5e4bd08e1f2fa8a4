"""The command `handoff clocks`."""

from typing import Annotated

import typer

clocks = typer.Typer(no_args_is_help=True, help="Running clocks: migrate them to hours and targets that were edited.")


@clocks.callback()
def _clocks() -> None:
    """Running clocks keep the hours, targets and chains they started with."""


@clocks.command("migrate")
def migrate(
    dealer: Annotated[str, typer.Argument(help="Of this dealer.")],
    apply: Annotated[bool, typer.Option("--apply", help="Migrate them; without it nothing is written.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line; the last one counts.")] = False,
) -> None:
    """Show which running clocks would be due otherwise under the dealer's present hours, targets and chains.

    With --apply they are: what ran before stays as it was counted, the rest counts anew from now. A clock that is
    overdue keeps what it has. Works on the database of HANDOFF_DATABASE_URL, or the embedded one.
    """
    from handoff_local.cli.clock_migration import print_migration

    print_migration(dealer, apply=apply, as_json=as_json)
