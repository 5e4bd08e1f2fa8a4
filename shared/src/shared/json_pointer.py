"""Where a document is at fault: JSON pointers (RFC 6901) and what is said of the place."""

from collections.abc import Iterable
from typing import NamedTuple, Self


class Fault(NamedTuple):
    """What is wrong at one place: a JSON pointer into the document, or `?name` of a query parameter, and words.

    `allowed`: the known ids nearest to the one that is unknown, the best first.
    """

    pointer: str
    detail: str
    allowed: tuple[str, ...] = ()

    def below(self, *path: object) -> Self:
        """The fault as one of the document that holds this one under these keys and indexes."""
        return self._replace(pointer=json_pointer(path) + self.pointer)


def json_pointer(path: Iterable[object]) -> str:
    """The pointer of these keys and indexes; empty for the document itself."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
