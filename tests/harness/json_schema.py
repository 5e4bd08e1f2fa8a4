"""Reads JSON Schema as strictly as it can be read: a keyword or format that is not known here raises ValueError.

What our documents use of draft 07. With `closed`, a member of a value that no schema describes is a fault too, which
the published schemas leave open to readers.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
_ANNOTATIONS = {"title", "description"}
_STRUCTURE = {"$ref", "allOf", "anyOf", "properties", "additionalProperties", "propertyNames", "items"}
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def resolve(document: Mapping[str, Any], reference: str) -> Any:
    """What a reference within the document points at. Raises KeyError where there is nothing."""
    if not reference.startswith("#/"):
        raise KeyError(reference)
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found


def faults(
    document: Mapping[str, Any], schema: Mapping[str, Any], value: Any, *, closed: bool = False, at: str = ""
) -> list[str]:
    """Where the value does not fit the schema, in words; references are looked up in the document."""
    return list(_faults(document, [schema], value, closed, at))


def _faults(
    document: Mapping[str, Any], schemas: Sequence[Mapping[str, Any]], value: Any, closed: bool, at: str
) -> Iterator[str]:
    """All these schemas hold of the value."""
    plain = [one for schema in schemas for one in _flat(document, schema)]
    for schema in plain:
        for keyword, wanted in schema.items():
            if keyword not in _STRUCTURE | _ANNOTATIONS and not _holds(keyword, wanted, value):
                yield f"{at}: {value!r} is against {keyword} {wanted!r}"
        choices = schema.get("anyOf", ())
        if choices and all(faults(document, choice, value, closed=closed, at=at) for choice in choices):
            yield f"{at}: {value!r} is none of {len(choices)} choices"
    if isinstance(value, list):
        items = [schema["items"] for schema in plain if "items" in schema]
        for index, item in enumerate(value):
            yield from _faults(document, items, item, closed, f"{at}/{index}")
    if isinstance(value, dict):
        yield from _object_faults(document, plain, value, closed, at)


def _object_faults(
    document: Mapping[str, Any], plain: Sequence[Mapping[str, Any]], value: dict[str, Any], closed: bool, at: str
) -> Iterator[str]:
    known = {name for schema in plain for name in schema.get("properties", ())}
    names = [schema["propertyNames"] for schema in plain if "propertyNames" in schema]
    others = [schema["additionalProperties"] for schema in plain if "additionalProperties" in schema]
    for name, inner in value.items():
        here = f"{at}/{name}"
        yield from _faults(document, names, name, closed, here)
        wanted = [schema["properties"][name] for schema in plain if name in schema.get("properties", ())]
        if name not in known:
            if False in others or (closed and known and not others):
                yield f"{here}: nothing describes it"
            wanted = [other for other in others if isinstance(other, dict)]
        yield from _faults(document, wanted, inner, closed, here)


def _flat(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The schema and what it adds by reference or `allOf`. As draft 07 has it, nothing beside a reference counts."""
    if "$ref" in schema:
        yield from _flat(document, resolve(document, schema["$ref"]))
        return
    yield schema
    for part in schema.get("allOf", ()):
        yield from _flat(document, part)


def _holds(keyword: str, wanted: Any, value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match keyword:
        case "type":
            named = _TYPES[wanted]
            return isinstance(value, named) and (wanted == "boolean" or not isinstance(value, bool))
        case "enum":
            return any(_same(value, one) for one in wanted)
        case "const":
            return _same(value, wanted)
        case "required":
            return not isinstance(value, dict) or set(wanted) <= value.keys()
        case "pattern":
            return not isinstance(value, str) or re.search(wanted, value) is not None
        case "minLength":
            return not isinstance(value, str) or len(value) >= wanted
        case "maxLength":
            return not isinstance(value, str) or len(value) <= wanted
        case "minimum":
            return not is_number or value >= wanted
        case "maximum":
            return not is_number or value <= wanted
        case "format":
            return not isinstance(value, str) or _has_format(wanted, value)
    raise ValueError(f"an unknown keyword: {keyword}")


def _same(value: Any, other: Any) -> bool:
    return bool(value == other) and isinstance(value, bool) == isinstance(other, bool)


def _has_format(name: str, value: str) -> bool:
    try:
        match name:
            case "date-time":
                return _TIME.fullmatch(value) is not None and datetime.fromisoformat(value).tzinfo is not None
            case "date":
                return _DAY.fullmatch(value) is not None and bool(date.fromisoformat(value))
            case "uri-reference":
                return not re.search(r"[\s<>\"{}|\\^`]", value)
    except ValueError:
        return False
    raise ValueError(f"an unknown format: {name}")


def malformed(schema: Any, at: str = "") -> list[str]:
    """Where this is no JSON Schema, or names as required what it does not describe."""
    return list(_malformed(schema, at))


def _malformed(schema: Any, at: str) -> Iterator[str]:
    if not isinstance(schema, dict):
        yield f"{at}: no object"
        return
    for keyword, wanted in schema.items():
        if not _is_well_formed(keyword, wanted):
            yield f"{at}/{keyword}: {wanted!r}"
    for keyword in ("properties",):
        for name, inner in schema.get(keyword, {}).items():
            yield from _malformed(inner, f"{at}/{keyword}/{name}")
    for keyword in ("allOf", "anyOf"):
        for index, inner in enumerate(schema.get(keyword, ())):
            yield from _malformed(inner, f"{at}/{keyword}/{index}")
    for keyword in ("items", "propertyNames", "additionalProperties"):
        if isinstance(schema.get(keyword, True), dict):
            yield from _malformed(schema[keyword], f"{at}/{keyword}")


def _is_well_formed(keyword: str, wanted: Any) -> bool:
    match keyword:
        case "$ref" | "title" | "description" | "format":
            return isinstance(wanted, str) and wanted != ""
        case "type":
            return wanted in _TYPES
        case "enum":
            return isinstance(wanted, list) and len(set(wanted)) == len(wanted) > 0
        case "required":
            return isinstance(wanted, list) and len(set(wanted)) == len(wanted) and all(map(_is_text, wanted))
        case "allOf" | "anyOf":
            return isinstance(wanted, list) and len(wanted) > 0
        case "properties":
            return isinstance(wanted, dict) and len(wanted) > 0
        case "items" | "propertyNames":
            return isinstance(wanted, dict)
        case "additionalProperties":
            return isinstance(wanted, dict | bool)
        case "pattern":
            return _is_text(wanted) and re.compile(wanted) is not None
        case "minLength" | "maxLength":
            return type(wanted) is int and wanted >= 0
        case "minimum" | "maximum":
            return type(wanted) in (int, float)
    return keyword == "const"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
