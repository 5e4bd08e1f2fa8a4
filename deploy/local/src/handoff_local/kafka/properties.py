"""The configuration of a small broker: KRaft, broker and controller in one process, loopback only."""

from collections.abc import Mapping
from dataclasses import dataclass

CLUSTER_ID = "aGFuZG9mZi1sb2NhbC0wMQ"
"""Any 16 bytes in base64; brokers of one cluster must agree on it."""


@dataclass(frozen=True)
class Node:
    """One broker of a cluster and its two ports."""

    node_id: int
    port: int
    controller_port: int

    @property
    def address(self) -> str:
        """Where clients find it."""
        return f"127.0.0.1:{self.port}"

    @property
    def voter(self) -> str:
        """How the others name its controller."""
        return f"{self.node_id}@127.0.0.1:{self.controller_port}"


def broker_properties(node: Node, voters: tuple[Node, ...], folder: str) -> dict[str, str]:
    """What `server.properties` holds for a node that keeps its data in `folder`.

    With three voters everything is kept three times and a write needs two of them; a lone broker keeps it once.
    Nothing waits for members of a group that may still come, topics are made by the migrate job alone, and a member may
    promise a sign of life every second, so that its death is noticed soon.
    """
    copies = str(min(len(voters), 3))
    return {
        "process.roles": "broker,controller",
        "node.id": str(node.node_id),
        "controller.quorum.voters": ",".join(voter.voter for voter in voters),
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{node.address},CONTROLLER://127.0.0.1:{node.controller_port}",
        "advertised.listeners": f"PLAINTEXT://{node.address}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": folder,
        "auto.create.topics.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": "2" if len(voters) >= 3 else "1",
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": "5",
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": "2" if len(voters) >= 3 else "1",
        "transaction.state.log.num.partitions": "5",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
    }


def as_environment(properties: Mapping[str, str]) -> dict[str, str]:
    """The same for the container image `apache/kafka`, which reads `KAFKA_NODE_ID` for `node.id` and so on."""
    return {"KAFKA_" + name.upper().replace(".", "_"): value for name, value in properties.items()}
