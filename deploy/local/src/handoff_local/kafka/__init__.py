"""A real Apache Kafka without Docker: the broker's jars by Maven, started on a folder of ours."""

from handoff_local.kafka.broker import EmbeddedKafka
from handoff_local.kafka.cluster import EmbeddedCluster
from handoff_local.kafka.jars import KafkaFailed, fetch_jars

__all__ = ["EmbeddedCluster", "EmbeddedKafka", "KafkaFailed", "fetch_jars"]
