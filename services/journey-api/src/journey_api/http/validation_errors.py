"""Errors of a validation by pydantic as faults of the body."""

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final

from journey_api.http.nearest import nearest
from shared.json_pointer import Fault, json_pointer

_ID: Final = re.compile("'([^']*)'")
_LONGEST: Final = 200
MOST_FAULTS: Final = 100
"""How many faults of a document an answer names."""
_WORDS: Final = {
    "extra_forbidden": "Unknown field",
    "missing": "Required",
    "string_pattern_mismatch": "Not in the form asked for",
}


def pointer_of(location: Iterable[object], body: Any) -> str:
    """The JSON pointer of a pydantic location; parts that name no place of the body (union members) are left out."""
    parts = list(location)
    found: list[object] = []
    for index, part in enumerate(parts):
        if isinstance(body, Mapping):
            if part in body:
                body = body[part]
            elif index != len(parts) - 1 or part == "[key]":
                continue
        elif isinstance(body, list) and isinstance(part, int) and part < len(body):
            body = body[part]
        else:
            continue
        found.append(part)
    return json_pointer(found)


def faults_of(errors: Iterable[Mapping[str, Any]], body: Any, prefix: str = "") -> list[Fault]:
    """Pydantic's errors about a body as faults, each place and text once; of very many the first."""
    first = islice(errors, MOST_FAULTS)
    found = (Fault(prefix + pointer_of(one["loc"], body), words_of(one), ids_near(one)) for one in first)
    return list(dict.fromkeys(found))


def ids_near(error: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids nearest to the value of an error that wants one of several; none for other errors."""
    given = error.get("input")
    if error["type"] != "literal_error" or not isinstance(given, str):
        return ()
    return nearest(given, _ID.findall(error["ctx"]["expected"]))


def words_of(error: Mapping[str, Any]) -> str:
    """What to tell the caller of one of pydantic's errors."""
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "literal_error" and len(message) > _LONGEST:
        return "Unknown id"
    return _WORDS.get(error["type"], message)
