"""Processes that may end between a look at them and the next."""

from contextlib import suppress

import psutil


def kill(process: psutil.Process) -> None:
    """kill -9, unless somebody was faster."""
    with suppress(psutil.NoSuchProcess):
        process.kill()


def is_gone(process: psutil.Process) -> bool:
    """Whether it has ended, reaped or not."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
