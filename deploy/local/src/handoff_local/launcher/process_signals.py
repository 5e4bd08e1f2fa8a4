"""Signals as something one can wait for, beside the death of a child."""

import os
import select
import signal
from types import FrameType, TracebackType
from typing import Final, Self

_STOPPING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
HANDLED: Final = (*_STOPPING, signal.SIGCHLD)
"""What a launcher answers in a way of its own, and its forks must not."""


class Signals:
    """While entered: remembers who asked to stop, and wakes `wait` at every signal, SIGCHLD included."""

    def __init__(self) -> None:
        self.asked = 0

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

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked += 1
