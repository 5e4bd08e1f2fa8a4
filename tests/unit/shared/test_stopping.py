"""Work that ends when its loop is asked to stop."""

import asyncio

import pytest

from shared.process.shutdown import unless_stopped


async def test_work_that_is_done_answers() -> None:
    async def work() -> int:
        return 7

    assert await unless_stopped(asyncio.Event(), work()) == 7


async def test_work_that_fails_raises() -> None:
    async def work() -> None:
        raise ValueError("no answer")

    with pytest.raises(ValueError, match="no answer"):
        await unless_stopped(asyncio.Event(), work())


@pytest.mark.parametrize("by", ["stop", "cancellation"])
async def test_work_has_ended_when_the_wait_for_it_has(by: str) -> None:
    stop, begun, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> int:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.set()
        return 7

    waiting = asyncio.ensure_future(unless_stopped(stop, work()))
    await begun.wait()
    if by == "stop":
        stop.set()
        assert await waiting is None
    else:
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert ended.is_set()
