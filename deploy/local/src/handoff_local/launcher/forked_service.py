"""Services as forks of the launcher, which has imported their modules: a successor is there at once, as in a prefork
server, where one that began with its imports needs seconds.
"""

import gc
import importlib
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Final, Literal, TextIO

import setproctitle
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.registry import Collector

from handoff_local.launcher.child import Child, Running, die_with
from handoff_local.launcher.process_signals import HANDLED

_FORK: Final = get_context("fork")


def import_services(names: Iterable[str]) -> None:
    """Import what each service runs, so that its forks need not; none of it is the collector's concern any more."""
    gc.disable()
    for name in names:
        importlib.import_module(f"{name}.main")
    gc.enable()
    gc.freeze()


class ForkedProcess:
    """A fork of this process that runs a function and ends with it. Fork while there is one thread only."""

    def __init__(self, run: Callable[[], None]) -> None:
        self._process = _FORK.Process(target=run, daemon=True)
        with _signals_held_back():
            self._process.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended: its code, or minus the signal that killed it; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self.returncode

    def wait(self) -> int:
        """How it ended, once it has."""
        self._process.join()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, sig: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, sig)


@dataclass
class ForkedService(Child):
    """A service whose modules `import_services` has imported, under a command line as if it had been started alone.

    `environment` is what it is told beside the launcher's own environment.
    """

    others: tuple[str, ...] = ()

    def _run(self, output: int | None) -> Running:
        return ForkedProcess(partial(self._become, os.getpid(), output))

    def _become(self, launcher: int, output: int | None) -> None:
        """For the fork: leave what is the launcher's, then be the service until it ends."""
        for number in HANDLED:
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)
        die_with(launcher)
        setproctitle.setproctitle(" ".join(self.command))
        _take_streams(output)
        _close_all_but(self.pass_fds)
        os.environ.update(self.environment)
        _forget_metrics(self.others)
        gc.disable()  # as in the service's `__main__`
        sys.modules[f"{self.name}.main"].main()


@contextmanager
def _signals_held_back() -> Iterator[None]:
    """What comes now waits until the fork no longer handles it as the launcher does."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _take_streams(output: int | None) -> None:
    """Read nothing, write into `output` line by line (None: where the launcher writes)."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    if output is not None:
        os.dup2(output, 1)
        os.dup2(output, 2)
    sys.stdin, sys.stdout, sys.stderr = _stream(0, "r"), _stream(1, "w"), _stream(2, "w")


def _stream(descriptor: int, mode: Literal["r", "w"]) -> TextIO:
    return open(descriptor, mode, buffering=1, errors="backslashreplace", closefd=False)


def _close_all_but(kept: Iterable[int]) -> None:
    """Close every file but the three streams and these."""
    begin = 3
    for descriptor in sorted(kept):
        os.closerange(begin, descriptor)
        begin = descriptor + 1
    os.closerange(begin, os.sysconf("SC_OPEN_MAX"))


def _forget_metrics(of_others: Iterable[str]) -> None:
    """Publish none that only another service keeps."""
    for metric in _metrics(of_others) - _metrics(["shared"]):
        with suppress(KeyError):
            REGISTRY.unregister(metric)


def _metrics(packages: Iterable[str]) -> set[Collector]:
    """The metrics that the modules of some packages name."""
    modules = [module for name, module in sys.modules.items() if name.partition(".")[0] in packages]
    return {value for module in modules for value in vars(module).values() if isinstance(value, MetricWrapperBase)}
