"""How an order ends, as its status says it in any case and spelling (timers 5.8)."""

import re
from collections.abc import Mapping
from typing import Any, Final

KEPT: Final = frozenset({"delivered", "collected", "returned", "completed", "done", "closed"})
CANCELLED: Final = frozenset({"cancelled", "canceled"})
ENDED: Final = KEPT | CANCELLED
"""Statuses as `status_of` reads them."""
_NO_LETTER: Final = re.compile(r"[^a-z]")


def status_of(order: Mapping[str, Any]) -> str:
    """The status of a stored order, in lower case and its letters alone; empty where it has none."""
    return _NO_LETTER.sub("", str(order.get("status") or "").casefold())
