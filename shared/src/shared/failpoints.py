"""Places at which a process can be made to end itself, for tests of what its successor finds. In operation none is set.

`HANDOFF_FAILPOINT=NAME:N` ends the process by SIGKILL each time it has come to the place of that name N times.
"""

import os
import signal
from collections.abc import Callable
from typing import Final

SETTING: Final = "HANDOFF_FAILPOINT"


def armed(setting: str) -> Callable[[str], None]:
    """What to call at each place, by its name. Raises ValueError for a setting that is not NAME:N, N from 1."""
    name, _, count = setting.rpartition(":")
    left = int(count)
    if not name or left < 1:
        raise ValueError(f"{SETTING}: expected NAME:N, got {setting!r}")

    def passing(place: str) -> None:
        nonlocal left
        if place == name:
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    return passing


def _disarmed(_place: str) -> None:
    """Nothing to do."""


passing: Final = armed(os.environ[SETTING]) if os.environ.get(SETTING) else _disarmed
"""Call it at a place, with its name."""
