"""Several brokers that keep each record more than once."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from handoff_local.kafka.broker import EmbeddedKafka
from handoff_local.kafka.broker_ports import free_port
from handoff_local.kafka.properties import Node


@dataclass
class EmbeddedCluster:
    """`size` brokers under `folder`; with three, each record has three copies and a write needs two."""

    folder: Path
    size: int = 3
    heap: str = "384m"
    echo: Callable[[str], None] = lambda _: None

    def __post_init__(self) -> None:
        nodes = tuple(Node(number, free_port(), free_port()) for number in range(1, self.size + 1))
        self.brokers = {node.node_id: self._broker(node, nodes) for node in nodes}
        """By node id, as clients name the leader of a partition."""

    def _broker(self, node: Node, nodes: tuple[Node, ...]) -> EmbeddedKafka:
        folder = self.folder / f"node-{node.node_id}"
        return EmbeddedKafka(
            folder, node.port, node.node_id, node.controller_port, voters=nodes, heap=self.heap, echo=self.echo
        )

    def bootstrap(self) -> str:
        """The addresses of all, for `HANDOFF_KAFKA_BOOTSTRAP_SERVERS`."""
        return ",".join(broker.bootstrap() for broker in self.brokers.values())

    def start(self, timeout: float = 180.0) -> None:
        """Start all and wait until each answers. Raises KafkaFailed."""
        for broker in self.brokers.values():
            broker.launch()
        for broker in self.brokers.values():
            broker.wait_ready(timeout)

    def stop(self) -> None:
        """End all; the last ones find no majority any more and are killed."""
        for broker in self.brokers.values():
            broker.stop(5.0)
