"""Which of the known ids a caller may have meant."""

from collections.abc import Iterable
from typing import Final

from rapidfuzz import fuzz, process, utils

MOST: Final = 10
_LONGEST_LOOKED_AT: Final = 128


def nearest(given: object, known: Iterable[str]) -> tuple[str, ...]:
    """The known ids nearest to what was given, at most ten, the best first; ids that are as near keep their order."""
    text = str(given)[:_LONGEST_LOOKED_AT]
    found = process.extract(text, list(known), scorer=fuzz.WRatio, processor=utils.default_process, limit=MOST)
    return tuple(name for name, _, _ in found)
