"""Text in right-to-left letters within a sentence, so that the punctuation around it stays in its place. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from unicodedata import bidirectional

_BEGIN: Final = "\u2068"
"""First strong isolate: what follows has the direction of its first letter (UAX #9)."""

_END: Final = "\u2069"
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})


def isolate(text: str) -> str:
    """The text to put into a sentence: isolated where it holds a right-to-left letter, else as it is."""
    if text.isascii() or not any(bidirectional(letter) in _RIGHT_TO_LEFT for letter in text):
        return text
    return f"{_BEGIN}{text}{_END}"


def join_isolated(separator: str, parts: Iterable[str | None]) -> str:
    """The parts that say something, each isolated from its neighbours."""
    return separator.join(isolate(part) for part in parts if part)


def isolate_strings(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a sentence, the strings among them isolated."""
    return {name: isolate(value) if isinstance(value, str) else value for name, value in values.items()}
