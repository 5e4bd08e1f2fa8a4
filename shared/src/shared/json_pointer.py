"""Places in a JSON document (RFC 6901)."""

from collections.abc import Iterable


def json_pointer(path: Iterable[object]) -> str:
    """The pointer of these keys and indexes; empty for the document itself."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
