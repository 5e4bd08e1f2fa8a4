"""How much a JSON document may hold: what is refused beyond it would cost more to judge than its bytes tell."""

import re
from functools import cache
from typing import Any, Final

from pydantic_core import from_json

from journey_api.http.problems import Problem
from shared.faults import Fault, Wrong
from shared.json_pointer import json_pointer

MOST_VALUES: Final = 10_000
"""How many values, lists and objects among them, a document may hold."""

MOST_VALUES_OF_BATCH: Final = 100_000
"""How many all events of a batch may hold."""

_TEXT: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_TO_MARK: Final = rf'[^"\[{{,]*+(?:{_TEXT}[^"\[{{,]*+)*+[\[{{,]'
"""Up to what each value but the first of all comes after, with all that is before it since the last."""
_NO_MARKS: Final = bytes(set(range(256)) - set(b"[{,"))


@cache
def _beyond(most: int) -> re.Pattern[bytes]:
    """What a JSON text of more values begins with: as far as to the first that is too much."""
    return re.compile(rf"(?:{_TO_MARK}){{{most + 1}}}".encode(), re.DOTALL)


def refuse_many_values(raw: bytes, most: int = MOST_VALUES) -> None:
    """Raise 422 for a JSON text of more values, at the list or object that holds most of them.

    It is read no further than to where it has become too much.
    """
    if len(raw) <= most or len(raw.translate(None, _NO_MARKS)) <= most:
        return
    beyond = _beyond(most).match(raw)
    if beyond is None or beyond.end() == len(raw):
        return
    try:
        value = from_json(raw[: beyond.end() - 1], allow_partial=True, cache_strings="none")
    except ValueError:
        raise Problem(400, "The body is not readable as JSON in UTF-8.") from None
    raise Problem(422, _words(most), errors=[fault_of_most(value, most)])


def fault_of_most(value: Any, most: int = MOST_VALUES) -> Fault:
    """What to say of a document of more values: the place is the longest list or object on the way to its end."""
    path: list[object] = []
    longest, place = 0, list(path)
    while isinstance(value, dict | list) and value:
        if len(value) > longest:
            longest, place = len(value), list(path)
        last = next(reversed(value)) if isinstance(value, dict) else len(value) - 1
        path.append(last)
        value = value[last]
    return Wrong("too_many", _words(most), (("most", most),)).at(json_pointer(place))


def _words(most: int) -> str:
    return f"Holds more than {most} values"
