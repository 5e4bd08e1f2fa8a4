"""What a comparison finds: what agrees, what differs, and what could not be compared, with the reason."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

BEING_HANDLED: Final = "records of the customer are still being handled"

What = Literal["case", "routing", "decision", "task", "clock", "due time", "moment", "promise"]


@dataclass(frozen=True, slots=True)
class Difference:
    """Something stored is not what was rebuilt; None stands for nothing at all."""

    what: What
    dealer_id: str
    id: str
    stored: Any
    rebuilt: Any

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {name: getattr(self, name) for name in self.__slots__}

    def line(self) -> str:
        """For a person."""
        return f"{self.what} {self.id} ({self.dealer_id}): stored {_shown(self.stored)}, rebuilt {_shown(self.rebuilt)}"


@dataclass
class Verdict:
    """The findings about one dealer's things, counted by what they are about."""

    dealer_id: str
    compared: Counter[What] = field(default_factory=Counter)
    excused: Counter[tuple[What, str]] = field(default_factory=Counter)
    """What could not be compared, by the reason."""
    differences: list[Difference] = field(default_factory=list)

    def agree(self, what: What) -> None:
        """One more was rebuilt as it is stored."""
        self.compared[what] += 1

    def report_difference(self, what: What, identity: str, stored: Any, rebuilt: Any) -> None:
        """One more was not."""
        self.compared[what] += 1
        self.differences.append(Difference(what, self.dealer_id, identity, stored, rebuilt))

    def compare(self, what: What, identity: str, stored: Any, rebuilt: Any) -> bool:
        """Count the two as equal or different; answers whether they are equal."""
        if stored == rebuilt:
            self.agree(what)
            return True
        self.report_difference(what, identity, stored, rebuilt)
        return False

    def excuse(self, what: What, reason: str) -> None:
        """One more cannot be rebuilt as it was."""
        self.excused[what, reason] += 1


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_shown(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple | set | frozenset):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
