"""Places at which a process can be made to end itself, for tests of what its successor finds. In operation none is set.

`HANDOFF_FAILPOINT=NAME:N` ends a process by SIGKILL once it has come to the place of that name N times; `NAME:~N` at a
time of its own choice, the N-th at the latest. Several are separated by commas. Its last words go to standard error.
"""

import os
import random
import signal
from collections.abc import Callable
from functools import partial
from typing import Final

SETTING: Final = "HANDOFF_FAILPOINT"


def armed(setting: str) -> Callable[[str], None]:
    """What to call at each place, by its name. Raises ValueError for what is neither NAME:N nor NAME:~N, N from 1."""
    places = dict(map(_place, setting.split(",")))
    left: dict[str, int] = {}

    def passing(place: str) -> None:
        if not left:  # chosen at the first place, so that each fork of a process chooses anew
            left.update((name, choose()) for name, choose in places.items())
        if place in left:
            left[place] -= 1
            if left[place] == 0:
                os.write(2, f"ended at {place}\n".encode())
                os.kill(os.getpid(), signal.SIGKILL)

    return passing


def _place(setting: str) -> tuple[str, Callable[[], int]]:
    name, _, count = setting.rpartition(":")
    at_will, latest = count.startswith("~"), int(count.removeprefix("~"))
    if not name or latest < 1:
        raise ValueError(f"{SETTING}: expected NAME:N, got {setting!r}")
    # no secret depends on it
    return name, partial(random.randint, 1 if at_will else latest, latest)


def _disarmed(_place: str) -> None:
    """Nothing to do."""


failpoint: Final = armed(os.environ[SETTING]) if os.environ.get(SETTING) else _disarmed
"""Call it at a place, with its name."""
