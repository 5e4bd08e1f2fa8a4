"""The opaque cursor of a feed: one position a dealer."""

import base64
import binascii
from collections.abc import Mapping
from functools import lru_cache

from pydantic import TypeAdapter, ValidationError

_POSITIONS = TypeAdapter(dict[str, int])


class BadCursor(ValueError):
    """The text is not a cursor of ours."""


def encode_cursor(positions: Mapping[str, int]) -> str:
    """Positions by dealer as one opaque, URL-safe text."""
    return _encoded(frozenset(positions.items()))


@lru_cache(maxsize=1_000)
def _encoded(positions: frozenset[tuple[str, int]]) -> str:
    """Kept, for many who follow the same have come as far."""
    ordered = dict(sorted(positions))
    return base64.urlsafe_b64encode(_POSITIONS.dump_json(ordered)).decode().rstrip("=")


def decode_cursor(text: str) -> dict[str, int]:
    """Positions by dealer. Raises BadCursor."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        positions = _POSITIONS.validate_json(raw, strict=True)
    except (binascii.Error, ValidationError, ValueError) as error:
        raise BadCursor("not a feed cursor") from error
    if any(position < 0 for position in positions.values()):
        raise BadCursor("not a feed cursor")
    return positions
