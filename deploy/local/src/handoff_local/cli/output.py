"""How commands print what the API answered."""

import json
from collections.abc import Callable
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print the API's JSON instead.")]


def as_text(document: object) -> str:
    """JSON for people and for the next command."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def all_but_last(echo: Callable[[str], None]) -> Callable[[str], None]:
    """Says each text when the next one comes; the last one is left to whoever prints the result."""
    waiting: list[str] = []

    def tell(text: str) -> None:
        while waiting:
            echo(waiting.pop())
        waiting.append(text)

    return tell
