"""What the doctor finds."""

from dataclasses import dataclass
from typing import Final, Literal

Level = Literal["good", "missing", "broken"]
_MARKS: Final[dict[Level, str]] = {"good": "ok     ", "missing": "missing", "broken": "BROKEN "}


@dataclass(frozen=True)
class Finding:
    """`broken` stops something from working, `missing` makes it work less than it could."""

    level: Level
    what: str
    cure: str = ""

    def line(self) -> str:
        """For a person: the mark, what it is, and what mends it."""
        return f"{_MARKS[self.level]}  {self.what}" + (f"\n         -> {self.cure}" if self.cure else "")
