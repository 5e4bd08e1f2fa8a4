"""`handoff stop`: the launcher of a data folder is asked to end and waited for."""

import subprocess
import sys
from pathlib import Path

import pytest

from handoff_local.errors import CommandFailed
from handoff_local.launcher.data_folder import LOCK_FILE
from handoff_local.launcher.stop import stop_stack

HOLDER = """
import sys, time
from pathlib import Path
from handoff_local.launcher.data_folder import DataFolder
from handoff_local.launcher.process_signals import Signals
with DataFolder(Path(sys.argv[1])).held(), Signals() as signals:
    print("held", flush=True)
    while not (signals.stopping and sys.argv[2] == "ends"):
        signals.wait(0.05)
"""


def holder(folder: Path, how: str) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(folder), how], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_what_runs_is_ended(tmp_path: Path) -> None:
    with holder(tmp_path, "ends") as process:
        assert stop_stack(tmp_path)
        assert process.wait(10) == 0
    assert not stop_stack(tmp_path)


def test_what_does_not_end_is_told(tmp_path: Path) -> None:
    with holder(tmp_path, "goes on") as process:
        try:
            with pytest.raises(CommandFailed, match="has not ended within"):
                stop_stack(tmp_path, within=0.5)
        finally:
            process.kill()


def test_where_nothing_runs_nothing_is_done(tmp_path: Path) -> None:
    assert not stop_stack(tmp_path / "nowhere")
    (tmp_path / LOCK_FILE).write_text("1")
    assert not stop_stack(tmp_path)
