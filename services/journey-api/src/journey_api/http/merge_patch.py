"""JSON Merge Patch (RFC 7396)."""

from collections.abc import Mapping
from typing import Any, Final

MERGE_PATCH: Final = "application/merge-patch+json"


def merge_patch(target: Any, patch: Any) -> Any:
    """The target with the patch's members in it: null takes one away, an object is merged, all else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged
