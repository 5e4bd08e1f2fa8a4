"""The sections of one run: each says when it was measured, and in a void run no goal is met or missed."""

import re
from datetime import date
from typing import Final

from goals import CONTROL

_HEADING: Final = re.compile(r"(?m)^(?=## )")
_NOT_MEASURED: Final = "\n\nNot measured"
_CONTROL: Final = re.compile(
    r"(?m)^\| (?P<name>[^|]+?)(?: against itself| again)?(?: \(control\))? \|(?:.*\|)?"
    rf" (?P<ratio>[\d.]+) \| [\d.]+ to [\d.]+ \| {CONTROL.least:g} to {CONTROL.most:g} \| \*\*no\*\* \|$"
)
_JUDGED: Final = re.compile(r"(?m)^(\|.*\| [<>]= [\d.]+ \|) (?:yes|\*\*no\*\*) \|$")


def write_run(text: str, day: date) -> str:
    """The sections of a run, dated; void where a thing measured against itself in one of them differs from itself."""
    off = [f"{found['name']} {found['ratio']}" for found in _CONTROL.finditer(text)]
    note = f" **This run is void**: against itself came out {', '.join(off)}." if off else ""
    said = f"\n\nMeasured on {day}.{note} "
    sections = (part if _NOT_MEASURED in part else part.replace("\n\n", said, 1) for part in _HEADING.split(text))
    dated = "".join(sections)
    return _JUDGED.sub(r"\1 void |", dated) if off else dated
