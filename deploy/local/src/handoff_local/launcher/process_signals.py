"""Signals as something one can wait for, beside the death of a child."""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Final, Self

_STOPPING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
HANDLED: Final = (*_STOPPING, signal.SIGCHLD)
"""What a launcher answers in a way of its own, and its forks must not."""


class Stopped(BaseException):
    """A stop was asked for in the midst of what may be given up."""


class Signals:
    """While entered: remembers who asked to stop, and wakes `wait` at every signal, SIGCHLD included."""

    def __init__(self) -> None:
        self.asked = 0
        self._gives_up = False

    @property
    def stopping(self) -> bool:
        """Whether a stop was asked for."""
        return self.asked > 0

    def __enter__(self) -> Self:
        self._read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._write = write
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._ask) for number in _STOPPING}
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._read)
        os.close(self._write)

    def wait(self, seconds: float) -> None:
        """Until a signal comes, at most this long."""
        if select.select([self._read], [], [], seconds)[0]:
            os.read(self._read, 1024)

    @contextmanager
    def giving_up(self) -> Iterator[None]:
        """For long work that no stop need wait for: raises Stopped inside as soon as one is asked for."""
        self._gives_up = True
        try:
            if self.stopping:
                raise Stopped
            yield
        finally:
            self._gives_up = False

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked += 1
        if self._gives_up:
            self._gives_up = False
            raise Stopped
