"""Lists: `limit`, an opaque `cursor` by key, and the answer's shape."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar
from zlib import crc32

from fastapi import Depends, Query, Request
from pydantic_core import from_json, to_json
from sqlalchemy import ColumnElement, Select, Text, case, cast, func, select

from journey_api.http.problems import Problem, invalid

T = TypeVar("T")

MOST_BYTES: Final = 2 * 1024 * 1024
"""A page ends with the item that makes it as long as this, in JSON."""

_MOST_READ: Final = 2 * MOST_BYTES
"""Of what is read for a page: the database's JSON has more blanks."""

_NUMBERS: Final = range(2**31)
"""What numbers of rows there are."""

_SMALL: Final = 2000
"""Bytes of a value that is stored as it is: compression begins above."""


@dataclass(frozen=True, slots=True)
class Page:
    """What part of a list is wanted: at most `limit` items after the place `after` (the sort key), if any.

    `address`: the path of the list, which its cursors are good for.
    """

    limit: int
    after: list[Any] | None
    address: str = ""

    def key(self, *kinds: type) -> list[Any] | None:
        """The place, checked to be a sort key of these kinds; 422 at `?cursor` otherwise."""
        if self.after is None:
            return None
        fits = len(self.after) == len(kinds) and all(
            type(value) is kind for value, kind in zip(self.after, kinds, strict=True)
        )
        if not fits:
            raise _not_of_this_list()
        return self.after

    def instant_key(self) -> tuple[datetime, str] | None:
        """The place in a list that is sorted by instant, then id; 422 at `?cursor` otherwise."""
        key = self.key(str, str)
        return None if key is None else (read_instant(key[0]), key[1])

    def number_key(self) -> int | None:
        """The place in a list that is sorted by a number; 422 at `?cursor` otherwise."""
        key = self.key(int)
        if key is not None and key[0] not in _NUMBERS:
            raise _not_of_this_list()
        return None if key is None else key[0]

    def cursor(self, *key: Any) -> str:
        """The cursor of the part that comes after this sort key."""
        return cursor_of(self.address, *key)

    def answer(self, rows: Sequence[T], show: Callable[[T], Any], key: Callable[[T], Sequence[Any]]) -> dict[str, Any]:
        """The list's answer of rows fetched with `limit + 1`, shown in turn; what is past `MOST_BYTES` is not shown."""
        items: list[Any] = []
        bytes_left = MOST_BYTES
        for row in rows[: self.limit]:
            items.append(show(row))
            bytes_left -= len(to_json(items[-1]))
            if bytes_left <= 0:
                break
        more = len(rows) > len(items)
        return {"items": items, "next_cursor": self.cursor(*key(rows[len(items) - 1])) if more else None}


def read_bounded(rows: Select[Any], order: Sequence[ColumnElement[Any]], limit: int, large: str) -> Select[Any]:
    """The first rows of a query in an order, as far as the JSON of the column `large` fills a page and one row more."""
    place = func.row_number().over(order_by=order).label("place")
    first = rows.add_columns(place).order_by(*order).limit(limit).subquery()
    stored = func.pg_column_size(first.c[large])
    size = case((stored < _SMALL, stored), else_=func.octet_length(cast(first.c[large], Text)))
    before = func.sum(size).over(order_by=first.c.place, rows=(None, -1)).label("before")
    counted = select(first, before).subquery()
    wanted = (counted.c[column.name] for column in rows.selected_columns)
    return select(*wanted).where(func.coalesce(counted.c.before, 0) < _MOST_READ).order_by(counted.c.place)


def cursor_of(address: str, *key: Any) -> str:
    """The opaque cursor of a sort key of the list at this path; instants become text."""
    return base64.urlsafe_b64encode(to_json([_mark(address), *key])).rstrip(b"=").decode()


def _mark(address: str) -> int:
    """What tells lists apart in their cursors; not a secret."""
    return crc32(address.encode())


def read_instant(held: Any) -> datetime:
    """The instant a cursor holds as text; 422 when it holds none."""
    try:
        instant = datetime.fromisoformat(held)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise _not_of_this_list()


def read_cursor(address: str, cursor: str) -> list[Any]:
    """The sort key of a cursor; 422 at `?cursor` when it is none of the list at this path."""
    try:
        key = from_json(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        key = None
    if not isinstance(key, list) or any(isinstance(part, str) and "\x00" in part for part in key):
        raise _not_of_this_list()
    if key[:1] != [_mark(address)]:
        raise _not_of_this_list()
    return key[1:]


def _not_of_this_list() -> Problem:
    return invalid("?cursor", "unknown_cursor", "Not a cursor of this list")


def page_at(address: str, limit: int, cursor: str | None) -> Page:
    """The part of the list at this path after a cursor; from its beginning without one."""
    return Page(limit, read_cursor(address, cursor) if cursor else None, address)


def read_page(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Page:
    """The part of a list a request asks for."""
    return page_at(request.url.path, limit, cursor)


PageDep = Annotated[Page, Depends(read_page)]
