"""Places at which a process can be made to end itself, for tests of what its successor finds. In operation none is set.

`HANDOFF_FAILPOINT=NAME:N` ends a process by SIGKILL once it has come to the place of that name N times; several are
separated by commas. What it says before goes to standard error.
"""

import os
import signal
from collections.abc import Callable
from typing import Final

SETTING: Final = "HANDOFF_FAILPOINT"


def armed(setting: str) -> Callable[[str], None]:
    """What to call at each place, by its name. Raises ValueError for a setting that is not NAME:N, N from 1."""
    left = dict(map(_place, setting.split(",")))

    def passing(place: str) -> None:
        if place in left:
            left[place] -= 1
            if left[place] == 0:
                os.write(2, f"ended at {place}\n".encode())
                os.kill(os.getpid(), signal.SIGKILL)

    return passing


def _place(setting: str) -> tuple[str, int]:
    name, _, count = setting.rpartition(":")
    if not name or int(count) < 1:
        raise ValueError(f"{SETTING}: expected NAME:N, got {setting!r}")
    return name, int(count)


def _disarmed(_place: str) -> None:
    """Nothing to do."""


passing: Final = armed(os.environ[SETTING]) if os.environ.get(SETTING) else _disarmed
"""Call it at a place, with its name."""
