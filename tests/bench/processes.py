"""What processes cost: the processor seconds of whole trees of them, beside what the rest of the machine used."""

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Spent:
    """Over `seconds` of real time: processor seconds of the processes, and cores that strangers kept busy."""

    seconds: float
    cpu: float
    foreign: float


class Meter:
    """Measures from its making on. The bench itself is neither counted nor foreign."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._pids = list(pids)
        self._before = self._now()

    def read(self) -> Spent:
        """What was spent so far."""
        seconds, trees, bench, machine = (now - before for now, before in zip(self._now(), self._before, strict=True))
        return Spent(seconds, trees, max(0.0, machine - trees - bench) / seconds)

    def _now(self) -> tuple[float, float, float, float]:
        own = os.times()
        return time.perf_counter(), sum(map(_tree, self._pids)), own.user + own.system, _machine()


def _tree(pid: int) -> float:
    """A process and all below it; those that ended are in the account of whoever waited for them."""
    try:
        process = psutil.Process(pid)
        members = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0.0
    total = 0.0
    for member in members:
        with suppress(psutil.NoSuchProcess):
            times = member.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def _machine() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq)
