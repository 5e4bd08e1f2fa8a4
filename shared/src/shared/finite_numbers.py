"""Whether the numbers of a JSON document are numbers: `1e999` is read as infinity, which nothing can store."""

from math import isfinite
from typing import Any


def holds_infinity(value: Any) -> bool:
    """Whether a number anywhere in a document read from JSON is beyond all bounds."""
    left = [value]
    while left:
        one = left.pop()
        kind = type(one)
        if kind is dict:
            left += one.values()
        elif kind is list:
            left += one
        elif kind is float and not isfinite(one):
            return True
    return False
