"""What this installation can send with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Means:
    """The kinds of channel that have settings."""

    configured: frozenset[str] = frozenset()
