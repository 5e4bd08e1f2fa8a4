"""The command `handoff`."""

import os
from typing import Annotated

import typer

app = typer.Typer(
    name="handoff", no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)


@app.callback()
def handoff() -> None:
    """Start Handoff on one machine, or talk to a running one."""


@app.command()
def up(
    clock_start: Annotated[str | None, typer.Option(help="Begin domain time at this instant (RFC 3339).")] = None,
    rate: Annotated[float | None, typer.Option(help="Run domain time this many times as fast as real time.")] = None,
) -> None:
    """Start PostgreSQL, the three services, the mail sink and the demo dealership; Ctrl-C stops all."""
    from handoff_local import launcher

    if clock_start is not None:
        os.environ["HANDOFF_CLOCK_START"] = clock_start
    if rate is not None:
        os.environ["HANDOFF_CLOCK_RATE"] = str(rate)
    raise typer.Exit(launcher.up())


def main() -> None:
    """Entry of the command."""
    app()
