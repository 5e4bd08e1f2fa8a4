"""Stops the stack that runs on a data folder."""

import fcntl
import os
import signal
import time
from pathlib import Path
from typing import Final

from handoff_local.errors import CommandFailed
from handoff_local.launcher.data_folder import LOCK_FILE

WITHIN: Final = 15.0
"""Seconds a stack may take to end."""

_LOOK_EVERY: Final = 0.1


def stop_stack(folder: Path, within: float = WITHIN) -> bool:
    """Ask the launcher on this folder to end, and wait until it has; False where none runs. Raises CommandFailed."""
    lock = folder / LOCK_FILE
    if not _is_held(lock):
        return False
    process = lock.read_text().strip()
    if not process.isdecimal():
        raise CommandFailed(f"{lock} does not say which process holds it")
    os.kill(int(process), signal.SIGTERM)
    until = time.monotonic() + within
    while _is_held(lock):
        if time.monotonic() > until:
            raise CommandFailed(f"process {process} has not ended within {within:g} s")
        time.sleep(_LOOK_EVERY)
    return True


def _is_held(lock: Path) -> bool:
    """Whether a launcher holds the lock of its folder."""
    if not lock.exists():
        return False
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
