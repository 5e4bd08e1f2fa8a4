"""Where a reader of the outbox stands: snapshots, and how far it is in the difference between two of them."""

from dataclasses import dataclass, replace
from typing import Final, Self

NOTHING_SEEN: Final = "1:1:"
"""The snapshot in which no transaction is visible yet."""


def snapshot_end(snapshot: str) -> int:
    """The first transaction id not yet given out when the snapshot was taken (`xmin:xmax:running,…`)."""
    return int(snapshot.split(":")[1])


def snapshot_running(snapshot: str) -> list[str]:
    """The transactions that ran when the snapshot was taken."""
    running = snapshot.split(":")[2]
    return running.split(",") if running else []


@dataclass(frozen=True, slots=True)
class Position:
    """All that `seen` shows is delivered, and of what `target` shows besides, the rows up to `after`.

    Without `target` no difference is under way. `restored` is the last row found when the reader began anew: rows up
    to it count even if their transaction ids lie ahead of this server's, as after loading a dump.
    """

    seen: str
    target: str = ""
    after: int = 0
    restored: int = 0

    @classmethod
    def anew(cls, now: str, last: int) -> Self:
        """At the oldest retained row, given the present snapshot and the last row it shows."""
        return cls(NOTHING_SEEN, now, 0, last)

    @classmethod
    def parse(cls, stored: str) -> Self:
        """The position as `text` wrote it. Raises ValueError for anything else."""
        seen, *rest = stored.split()
        if not rest:
            return cls(seen)
        target, after, restored = rest
        return cls(seen, target, int(after), int(restored))

    def text(self) -> str:
        """How it is stored."""
        return f"{self.seen} {self.target} {self.after} {self.restored}" if self.target else self.seen

    def begin(self, target: str, after: int) -> Self:
        """Part of the difference to `target` is delivered, up to this row."""
        return replace(self, target=target, after=after)

    def finish(self, target: str) -> Self:
        """The whole difference to `target` is delivered."""
        return type(self)(target)

    def ahead_of(self, now: str) -> bool:
        """Whether it knows transactions that this server has not begun: it stems from another or a later one."""
        return snapshot_end(self.target or self.seen) > snapshot_end(now)
