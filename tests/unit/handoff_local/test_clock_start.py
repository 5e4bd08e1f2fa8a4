"""A start of the clock that a data folder cannot heed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handoff_local.launcher.clock_start import unheeded_start
from shared.clock import next_anchor

REAL = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
FOLDER = Path("/somewhere/data")


@pytest.mark.parametrize("back", [timedelta(seconds=1), timedelta(hours=5), timedelta(days=900)])
def test_a_folder_that_has_seen_more_says_so_and_how_to_begin_anew(back: timedelta) -> None:
    anchor = next_anchor(REAL, REAL - back, 1.0, REAL)
    remark = unheeded_start(REAL - back, anchor, FOLDER)
    assert remark is not None
    assert all(
        part in remark for part in (REAL.isoformat(), (REAL - back).isoformat(), str(FOLDER), "HANDOFF_DATA_DIR")
    )


@pytest.mark.parametrize("seen", [None, REAL - timedelta(days=1), REAL])
@pytest.mark.parametrize("asked", [None, REAL, REAL + timedelta(days=3)])
def test_a_start_that_is_heeded_needs_no_word(seen: datetime | None, asked: datetime | None) -> None:
    assert unheeded_start(asked, next_anchor(seen, asked, 1.0, REAL), FOLDER) is None
