"""What fails alone: one item that cannot be handled holds up no other of its batch."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog

from shared.process.error_text import reason_of
from shared.process.transient_errors import is_outage

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

GiveUp = Callable[[_Item, Exception], Awaitable[_Result]]
"""Answers for an item that failed by itself; runs while its exception is being handled."""

_log = structlog.get_logger()


async def isolate(
    item: _Item,
    act: Callable[[_Item], Awaitable[_Result]],
    give_up: GiveUp[_Item, _Result],
    passes: Callable[[Exception], bool] = is_outage,
) -> _Result:
    """Act on the item; where that fails, give it up. Raises what passes by itself, which is no fault of the item."""
    try:
        return await act(item)
    except Exception as error:
        if passes(error):
            raise
        return await give_up(item, error)


async def bisect(
    name: str,
    items: Sequence[_Item],
    act: Callable[[Sequence[_Item]], Awaitable[_Result]],
    give_up: GiveUp[_Item, _Result],
    passes: Callable[[Exception], bool] = is_outage,
) -> list[_Result]:
    """Act on all items at once; where that fails, on each half, down to the item that fails and is given up.

    `act` must be all or nothing. Answers what it answered for each part, in the order of the items. Raises what passes
    by itself at once. `name` says in the log whose batch was divided.
    """
    if not items:
        return []
    if len(items) == 1:

        async def act_alone(item: _Item) -> _Result:
            return await act([item])

        return [await isolate(items[0], act_alone, give_up, passes)]
    try:
        return [await act(items)]
    except Exception as error:
        if passes(error):
            raise
        _log.warning("batch_bisected", batch=name, items=len(items), error=reason_of(error))
    middle = len(items) // 2
    first = await bisect(name, items[:middle], act, give_up, passes)
    return first + await bisect(name, items[middle:], act, give_up, passes)
