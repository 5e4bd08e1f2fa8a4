"""The map of the playbook's arrows: a cell for each pair of roles, a mark for each arrow. Pure geometry."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shared.playbook.ruleset.entries import Entry

RECEIVERS: Final = (
    "sales_manager",
    "salesperson",
    "service_advisor",
    "product_specialist",
    "client_experience_specialist",
    "client_experience_manager",
    "business_development_centre",
    "service_manager",
    "workshop_manager",
    "parts_manager",
    "warranty_manager",
    "back_office",
    "used_vehicle_sales_manager",
    "general_director",
)
"""The columns, and the rows after those that have pages."""
GIVERS: Final = RECEIVERS[:3]
PHASES: Final = tuple(f"{number:02}" for number in range(1, 11))

WIDTH: Final = 1022
_LEFT: Final = 125
_COLUMN: Final = 64
_TOP: Final = 47
_ROW: Final = 111
_LOW_ROW: Final = 25
_NOTE: Final = 36


@dataclass(frozen=True, slots=True)
class ArrowMark:
    """One arrow: a square above the line delivers, a circle below it interacts. `muted`: the filters leave it out."""

    entry: str
    kind: str
    x: float
    y: float
    muted: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """The arrows of a pair of roles."""

    giver: str
    receiver: str
    x: int
    y: int
    deliver: int
    interact: int
    marks: tuple[ArrowMark, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A receiver: the middle of its column and how many arrows reach it."""

    role: str
    x: int
    count: int


@dataclass(frozen=True, slots=True)
class MapRow:
    """A giver with pages: its place and what it gives."""

    role: str
    y: int
    self_x: int
    deliver: int
    interact: int


@dataclass(frozen=True, slots=True)
class ImpliedCell:
    """The entries that no page prints but the text states, for a pair of roles."""

    x: int
    y: int
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LowRow:
    """A role without pages."""

    role: str
    y: int
    self_x: int
    implied: tuple[ImpliedCell, ...]


@dataclass(frozen=True, slots=True)
class ArrowMap:
    """The whole map."""

    height: int
    columns: tuple[Column, ...]
    rows: tuple[MapRow, ...]
    cells: tuple[Cell, ...]
    note_y: int
    low_rows: tuple[LowRow, ...]


def draw_map(entries: Iterable[Entry], shown: Callable[[Entry], bool] = lambda _: True) -> ArrowMap:
    """The map of all printed arrows; those that are not `shown` keep their place and are muted."""
    known = list(entries)
    arrows = [entry for entry in known if entry.is_arrow]
    received = Counter(entry.to_role for entry in arrows)
    columns = tuple(Column(role, _left(role) + 31, received[role]) for role in RECEIVERS)
    rows = tuple(_row(number, giver, arrows) for number, giver in enumerate(GIVERS))
    note = _TOP + _ROW * len(GIVERS)
    low = RECEIVERS[len(GIVERS) :]
    low_rows = tuple(_low_row(role, note + _NOTE + _LOW_ROW * number, known) for number, role in enumerate(low))
    return ArrowMap(
        height=note + _NOTE + _LOW_ROW * len(low) + 6,
        columns=columns,
        rows=rows,
        cells=tuple(_cells(arrows, shown)),
        note_y=note + 22,
        low_rows=low_rows,
    )


def _left(role: str) -> int:
    return _LEFT + _COLUMN * RECEIVERS.index(role)


def _row(number: int, giver: str, arrows: Sequence[Entry]) -> MapRow:
    kinds = Counter(entry.kind for entry in arrows if entry.from_role == giver)
    return MapRow(giver, _TOP + _ROW * number, _left(giver), kinds["deliver"], kinds["interact"])


def _cells(arrows: Sequence[Entry], shown: Callable[[Entry], bool]) -> Iterable[Cell]:
    for number, giver in enumerate(GIVERS):
        for receiver in RECEIVERS:
            own = [entry for entry in arrows if (entry.from_role, entry.to_role) == (giver, receiver)]
            if own:
                kinds = Counter(entry.kind for entry in own)
                x, y = _left(receiver), _TOP + _ROW * number
                yield Cell(
                    giver, receiver, x, y, kinds["deliver"], kinds["interact"], tuple(_marks(own, shown, x, y + 55))
                )


def _marks(own: Sequence[Entry], shown: Callable[[Entry], bool], x: int, middle: int) -> Iterable[ArrowMark]:
    """Stacked by phase and kind, away from the line."""
    stacked: Counter[tuple[str | None, str | None]] = Counter()
    for entry in own:
        height = stacked[entry.phase, entry.kind]
        stacked[entry.phase, entry.kind] += 1
        centre = x + 6 + 5.6 * PHASES.index(str(entry.phase))
        if entry.kind == "deliver":
            yield ArrowMark(
                entry.entry_id,
                "deliver",
                round(centre - 2.3, 1),
                round(middle - 9.2 - 8.2 * height, 1),
                not shown(entry),
            )
        else:
            yield ArrowMark(
                entry.entry_id, "interact", round(centre, 1), round(middle + 6 + 7.6 * height, 1), not shown(entry)
            )


def _low_row(role: str, y: int, entries: Sequence[Entry]) -> LowRow:
    implied: Mapping[str, list[str]] = {receiver: [] for receiver in RECEIVERS}
    for entry in entries:
        if entry.family == "implied" and entry.kind and role in entry.from_roles:
            for receiver in entry.to_roles:
                if receiver != role:
                    implied[receiver].append(entry.entry_id)
    cells = (ImpliedCell(_left(receiver), y, tuple(found)) for receiver, found in implied.items() if found)
    return LowRow(role, y, _left(role), tuple(cells))
