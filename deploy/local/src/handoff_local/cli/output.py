"""How commands print what the API answered."""

import json
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print the API's JSON instead.")]


def as_text(document: object) -> str:
    """JSON for people and for the next command."""
    return json.dumps(document, indent=2, ensure_ascii=False)
