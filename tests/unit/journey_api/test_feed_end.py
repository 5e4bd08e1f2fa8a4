"""A stream that has begun ends with the right to read it."""

from typing import Any

from journey_api.feeds.hub import Hub, Subscriber
from journey_api.feeds.stream import Feed


class Unheard(Feed):
    """A feed without anything behind its cursor."""

    async def _backlog(self) -> Any:
        for row in ():
            yield row


async def test_a_stream_ends_when_its_key_is_no_longer_valid() -> None:
    answers = iter([True, True, False])

    async def still_allowed() -> bool:
        return next(answers)

    nothing: Any = None
    hub = Hub(nothing)
    hub.begun.set()
    feed = Unheard(nothing, hub, "task", ["lisboa-01"], nothing, "en", nothing, still_allowed, ping_seconds=0.0)
    subscriber = Subscriber(lambda _type, _data: True)
    frames = [frame async for frame in feed.frames(subscriber)]
    assert frames == [b": open\n\n", b": ping\n\n", b": ping\n\n"]
    assert next(answers, None) is None
