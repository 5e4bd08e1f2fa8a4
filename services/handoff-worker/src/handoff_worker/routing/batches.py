"""Batches cut so that a statement may serve many customers and each customer's records keep their order."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from shared.messaging.bus import Record


def split_by_key(records: Iterable[Record]) -> Iterator[list[Record]]:
    """The first record of every key, then the second of every key that has one, and so on."""
    queues: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        queues[record.key].append(record)
    depth = max((len(queue) for queue in queues.values()), default=0)
    for place in range(depth):
        yield [queue[place] for queue in queues.values() if place < len(queue)]
