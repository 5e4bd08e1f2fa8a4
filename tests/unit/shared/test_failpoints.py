"""A failpoint ends its process at the right place, the right time it comes there, and is nothing where none is set."""

import os
import random
import signal
import subprocess
import sys

import pytest

from shared.process.failpoints import SETTING, armed, failpoint

PASSES = (
    "from shared.process.failpoints import failpoint\n"
    "for turn in range(3):\n failpoint('a'); failpoint('b'); print(turn, flush=True)"
)


def passes(setting: str) -> subprocess.CompletedProcess[str]:
    """A process that passes two places three times."""
    environment = {**os.environ, SETTING: setting}
    command = [sys.executable, "-c", PASSES]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_process_ends_where_it_is_told() -> None:
    ended = passes("b:2")
    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, "0\n")


def test_of_several_places_the_first_reached_ends_it() -> None:
    ended = passes("b:3,a:3")
    assert (ended.stdout, ended.stderr) == ("0\n1\n", "ended at a\n")


def test_at_a_time_of_its_own_choice_it_is_the_last_at_the_latest() -> None:
    assert passes("a:~3").stdout in ("", "0\n", "0\n1\n")


def test_each_fork_of_a_process_chooses_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[int] = []

    def choose(first: int, last: int) -> int:
        chosen.append(last)
        return last

    monkeypatch.setattr(random, "randint", choose)
    passing = armed("a:~7")
    assert chosen == []
    passing("b")
    passing("a")
    assert chosen == [7]


def test_another_place_ends_nothing() -> None:
    assert passes("c:1").returncode == 0


def test_none_is_set_here() -> None:
    failpoint("a")


@pytest.mark.parametrize("wrong", ["a", "a:0", ":1", "a:-1", "a:~0", "a:b"])
def test_what_is_no_place_and_number_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError):
        armed(wrong)
