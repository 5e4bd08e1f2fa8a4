"""Keeps processes alive: what dies is started again, at every death, within a fraction of a second."""

import ctypes
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

RESTART_DELAY: Final = 0.2
"""Real seconds between a death and the next start: long enough not to burn a core, no back-off ever."""
_LOG_LIMIT: Final = 20_000_000
_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


class Kept(Protocol):
    """Something that runs, may die, and can be started again."""

    name: str

    def alive(self) -> bool:
        """Whether it runs."""
        ...

    def finished(self) -> bool:
        """Whether it ended as it should and is not to be started again."""
        ...

    def start(self) -> None:
        """Start it, without waiting until it is ready."""
        ...

    def last_words(self) -> str:
        """How it ended, for a person."""
        ...

    def tidy(self) -> None:
        """Called often while it runs."""
        ...


@dataclass
class Child:
    """A process in the launcher's session and group; the kernel ends it when the launcher dies.

    `log` takes its output (None: the terminal's), `once` lets it end by itself with code 0.
    """

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    log: Path | None = None
    pass_fds: tuple[int, ...] = ()
    once: bool = False
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it."""
        output = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if self.log else None
        try:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=self.pass_fds,
                preexec_fn=_die_with(os.getpid()),
            )
        finally:
            if output is not None:
                os.close(output)

    def alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def finished(self) -> bool:
        """Whether it ended by itself and may."""
        return self.once and self.process is not None and self.process.poll() == 0

    def last_words(self) -> str:
        """How it ended and where its log is."""
        code = self.process.returncode if self.process else None
        how = f"was killed by signal {-code}" if code is not None and code < 0 else f"ended with code {code}"
        return f"{self.name} {how}" + (f", see {self.log}" if self.log else "")

    def tidy(self) -> None:
        """Keep the log of a long run within its limit; what it held is set aside as `.1`."""
        if self.log and self.log.exists() and self.log.stat().st_size > _LOG_LIMIT:
            shutil.copyfile(self.log, self.log.with_suffix(self.log.suffix + ".1"))
            os.truncate(self.log, 0)

    def signal(self, number: int) -> None:
        """Send a signal if it runs."""
        if self.process is not None and self.alive():
            self.process.send_signal(number)


class Supervisor:
    """Starts what it is given and keeps it running until `stop`. Not for threads: call `tend` often."""

    def __init__(self, echo: Callable[[str], None]) -> None:
        self._echo = echo
        self._kept: list[Kept] = []
        self._restart_at: dict[str, float] = {}

    def keep(self, kept: Kept) -> None:
        """Keep it alive from now on; it is started if it does not run."""
        self._kept.append(kept)
        if not kept.alive():
            kept.start()

    def tend(self) -> None:
        """Notice who died, and start again those whose delay is over."""
        now = time.monotonic()
        for kept in self._kept:
            if kept.alive():
                kept.tidy()
                continue
            if kept.finished():
                continue
            due = self._restart_at.get(kept.name)
            if due is None:
                self._echo(f"{kept.last_words()}; starting it again")
                self._restart_at[kept.name] = now + RESTART_DELAY
            elif now >= due:
                del self._restart_at[kept.name]
                kept.start()

    def forget(self) -> None:
        """Keep nothing any more: what dies now stays dead."""
        self._kept.clear()


def stop_all(children: Sequence[Child], within: float, hurry: Callable[[], bool] = lambda: False) -> None:
    """SIGTERM to all; SIGKILL to who still runs after `within` real seconds, or as soon as `hurry` says so."""
    for child in children:
        child.signal(signal.SIGTERM)
    deadline = time.monotonic() + within
    while any(child.alive() for child in children) and time.monotonic() < deadline and not hurry():
        time.sleep(0.02)
    for child in children:
        child.signal(signal.SIGKILL)
        if child.process is not None:
            child.process.wait()


def environment_with(changes: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with changes, unbuffered so that logs are there when one looks."""
    return {**os.environ, "PYTHONUNBUFFERED": "1", **changes}


def _die_with(parent: int) -> Callable[[], None]:
    """For the child, between fork and exec: SIGKILL when the launcher dies, also if that was a moment ago."""

    def arrange() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return arrange
