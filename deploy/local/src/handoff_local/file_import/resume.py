"""Where an import stands, beside its file, so that one that was broken off goes on."""

import json
from collections import Counter
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import Final

from handoff_local.errors import writing

_SUFFIX: Final = ".import.json"


@dataclass(frozen=True, slots=True)
class Standing:
    """`digests` are of the file and of its mapping: with another one it is another import. `rows` are reported."""

    digests: tuple[str, str]
    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)


def begin(file: Path, mapping: Path) -> Standing:
    """Where the import of this file stands: where it was broken off, else at the beginning."""
    fresh = Standing((_digest(file), _digest(mapping)))
    try:
        kept = json.loads(_place(file).read_text())
        found = Standing(tuple(kept["digests"]), kept["rows"], Counter(kept["counts"]))
    except (OSError, ValueError, KeyError, TypeError):
        return fresh
    return found if found.digests == fresh.digests else fresh


def remember(file: Path, standing: Standing) -> None:
    """Replace what is remembered, whole. Raises CommandFailed where it cannot be written."""
    kept = {"digests": standing.digests, "rows": standing.rows, "counts": standing.counts}
    new = _place(file).with_suffix(".new")
    with writing(new):
        new.write_text(json.dumps(kept))
        new.replace(_place(file))


def forget(file: Path) -> None:
    """An import that has come to its end is done."""
    _place(file).unlink(missing_ok=True)


def _place(file: Path) -> Path:
    return file.with_name(file.name + _SUFFIX)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
