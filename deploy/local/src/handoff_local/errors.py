"""How a command fails."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shared.process.error_text import reason_of


class CommandFailed(Exception):
    """What the command could not do, in words for the person who called it."""


class Refused(CommandFailed):
    """The API answered with a problem (RFC 9457)."""

    def __init__(self, message: str, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.status = status
        self.problem = problem


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise CommandFailed where this file cannot be written inside the context."""
    try:
        yield
    except OSError as error:
        raise CommandFailed(f"cannot write {path}: {error.strerror or error}") from None


def reason_of_driver(error: Exception) -> str:
    """Why the database cannot be used, in a line: the driver's own words, without the statement quoted around them."""
    return reason_of(getattr(error, "orig", None) or error)
