"""What this installation can send with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Means:
    """The kinds of channel that have settings; `public_url` begins the links of messages, empty: they have none."""

    configured: frozenset[str] = frozenset()
    public_url: str = ""
