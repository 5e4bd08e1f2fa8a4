"""Streams end with the right to read them: what ends a key or a session tells every process, which asks again at once.

Who misses it asks within the heartbeat of a stream all the same.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from journey_api.feeds.hub import Hub
from shared.process.shutdown import pause

ACCESS_ENDED: Final = "handoff_access_ended"
"""Notified when a key was revoked or sessions were ended."""

_AT_MOST: Final = timedelta(hours=1)


async def follow_ended_access(
    ended: asyncio.Event, hub: Hub, forget_keys: Callable[[], None], stop: asyncio.Event
) -> None:
    """Each time `ended` is set, forget what is remembered of keys and have every stream ask whether it may go on."""
    while not stop.is_set():
        await pause(stop, _AT_MOST, ended)
        if ended.is_set():
            ended.clear()
            forget_keys()
            hub.doubt()
