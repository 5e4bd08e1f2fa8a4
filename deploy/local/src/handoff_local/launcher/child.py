"""A process of the stack: in the launcher's session and group, ended by the kernel when the launcher dies."""

import ctypes
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, Protocol

_LOG_LIMIT: Final = 20_000_000
_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


class Running(Protocol):
    """What `subprocess.Popen` and `ForkedProcess` have in common. Not for threads."""

    @property
    def pid(self) -> int:
        """Its process id."""
        ...

    @property
    def returncode(self) -> int | None:
        """How it ended, as of the last `poll` or `wait`: its code, or minus the signal that killed it."""
        ...

    def poll(self) -> int | None:
        """How it ended; None while it runs."""
        ...

    def wait(self) -> int:
        """How it ended, once it has."""
        ...

    def send_signal(self, sig: int) -> None:
        """Send it a signal."""
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
    process: Running | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it."""
        output = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if self.log else None
        try:
            self.process = self._run(output)
        finally:
            if output is not None:
                os.close(output)

    def _run(self, output: int | None) -> Running:
        return subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=self.pass_fds,
            preexec_fn=partial(die_with, os.getpid()),
        )

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


def die_with(parent: int) -> None:
    """For a child that was forked: SIGKILL when its parent dies, also if that was a moment ago."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
