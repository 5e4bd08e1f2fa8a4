"""The figures of the tables in docs/architecture.md, each near enough to what is so."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
NEAR: Final = 0.05
"""How far a figure may be from what is so, as a share of it."""


def documented_figures(row: str) -> list[int]:
    """The figures of the row that begins with these words."""
    section = (ROOT / "docs/architecture.md").read_text().partition("\n## Figures\n")[2]
    (cells,) = [line.strip("|").split("|")[1:] for line in section.splitlines() if line.startswith(f"| {row} |")]
    return [int(cell.replace(",", "")) for cell in cells]


def assert_near(row: str, found: Sequence[int]) -> None:
    """The document's figures of the row are what is found, within a twentieth."""
    written = documented_figures(row)
    far = [(one, other) for one, other in zip(written, found, strict=True) if abs(one - other) > NEAR * other]
    assert far == [], f"docs/architecture.md says of {row}: {written}; it is {list(found)}"
