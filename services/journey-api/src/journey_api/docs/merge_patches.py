"""What a merge patch (RFC 7396) of a record may hold: each of its fields, none of them required.

Null gives a field its default back; an object is merged member by member, so that the same holds within it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from journey_api.reference.collections import Kind

_REF: Final = "#/components/schemas/"
_NULL: Final = {"type": "null"}
_SUFFIX: Final = "Patch"


def patch_name(kind: Kind) -> str:
    """What the schema of a kind's patches is called."""
    return kind.model.__name__ + _SUFFIX


def patch_schemas(kinds: Iterable[Kind], schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The schemas of patches by name, made of those of the records and of what is in them."""
    found: dict[str, Any] = {}
    for kind in kinds:
        _patched({"$ref": _REF + kind.model.__name__}, schemas, found)
    return found


def _patched(schema: Mapping[str, Any], schemas: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """What may be given for a value: all of it, or of an object what changes."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_REF)
        if "properties" not in schemas[name]:
            return dict(schema)
        if name + _SUFFIX not in found:
            found[name + _SUFFIX] = {}
            found[name + _SUFFIX] |= _patched(schemas[name], schemas, found)
        return {key: part for key, part in schema.items() if key != "default"} | {"$ref": _REF + name + _SUFFIX}
    changed = {name: part for name, part in schema.items() if name not in ("required", "default", "title")}
    if "anyOf" in schema:
        changed["anyOf"] = [_patched(part, schemas, found) for part in schema["anyOf"]]
    if "properties" in schema:
        needed = schema.get("required", ())
        changed["properties"] = {
            name: _patched(part, schemas, found) if name in needed else _nullable(_patched(part, schemas, found))
            for name, part in schema["properties"].items()
        }
    if isinstance(schema.get("additionalProperties"), Mapping):
        changed["additionalProperties"] = _nullable(_patched(schema["additionalProperties"], schemas, found))
    return changed


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if _NULL in schema.get("anyOf", ()):
        return schema
    words = {name: schema.pop(name) for name in ("description",) if name in schema}
    return {"anyOf": [schema, _NULL], **words}
