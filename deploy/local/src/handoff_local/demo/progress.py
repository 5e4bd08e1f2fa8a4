"""What the demo remembers between starts, in the data folder."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

FILE: Final = "demo.json"


@dataclass(frozen=True)
class Remembered:
    """`began_at` is the domain instant that offsets count from; `loaded` once everything went in; `live` where the
    rotation of live events stands, so that a later start goes on there."""

    began_at: datetime
    loaded: bool = False
    live: int = 0


def recall(folder: Path) -> Remembered | None:
    """What was remembered, if anything."""
    path = folder / FILE
    if not path.exists():
        return None
    document = json.loads(path.read_text())
    return Remembered(datetime.fromisoformat(document["began_at"]), document["loaded"], document["live"])


def is_loaded(folder: Path) -> bool:
    """Whether everything that happened before the demo began is in."""
    remembered = recall(folder)
    return remembered is not None and remembered.loaded


def remember(folder: Path, remembered: Remembered) -> None:
    """Replace what is remembered, whole."""
    new = folder / (FILE + ".new")
    new.write_text(json.dumps({**asdict(remembered), "began_at": remembered.began_at.isoformat()}))
    new.replace(folder / FILE)
