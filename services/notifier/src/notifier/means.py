"""What this installation can send with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Means:
    """The channels that have settings, each with its patience: after so long without delivery the next is tried.

    None: whatever the provider accepted is delivered.
    """

    patience: Mapping[str, timedelta | None]

    @property
    def configured(self) -> frozenset[str]:
        """The kinds of channel that can be used now."""
        return frozenset(self.patience)
