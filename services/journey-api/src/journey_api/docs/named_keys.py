"""Objects whose members have names of a form, said so that generators of clients can read it."""

from typing import Any, Final

_BY_FORM: Final = "patternProperties"


def with_named_keys(schema: Any) -> Any:
    """The schema with each object by the form of its names as an object of values, its names of that form.

    pydantic writes `patternProperties`, which few generators know and which leaves other names open.
    """
    if isinstance(schema, list):
        return [with_named_keys(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {name: with_named_keys(part) for name, part in schema.items() if name != _BY_FORM}
    if isinstance(schema.get(_BY_FORM), dict) and len(schema[_BY_FORM]) == 1:
        ((form, value),) = schema[_BY_FORM].items()
        changed |= {"additionalProperties": with_named_keys(value), "propertyNames": {"pattern": form}}
    return changed
