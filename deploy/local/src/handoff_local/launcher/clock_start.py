"""Why domain time does not begin where it was asked to: a data folder's clock never goes back."""

from datetime import datetime
from pathlib import Path

from shared.clock import Anchor


def unheeded_start(asked: datetime | None, anchor: Anchor, folder: Path) -> str | None:
    """What to tell whoever asked for a start that lies before what the folder has seen; None where it was heeded."""
    if asked is None or anchor.domain_at <= asked:
        return None
    return (
        f"the clock of {folder} has come to {anchor.domain_at.isoformat(timespec='seconds')} and goes on from there:"
        f" it does not go back to {asked.isoformat(timespec='seconds')}."
        f" To begin anew, stop this, then use an empty folder (HANDOFF_DATA_DIR) or remove {folder}"
    )
