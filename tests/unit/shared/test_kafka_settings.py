"""What Kafka clients are made with, from the settings."""

import logging
import ssl
from pathlib import Path

import certifi
import pytest

from shared.messaging.kafka.settings import CLIENT_LOGGERS, Kafka, silence_client_logs
from shared.process.settings import Settings


def _kafka(monkeypatch: pytest.MonkeyPatch, **values: str) -> Kafka:
    monkeypatch.setenv("HANDOFF_KAFKA_BOOTSTRAP_SERVERS", "one:9092,two:9092")
    monkeypatch.setenv("HANDOFF_INSTANCE", "host-3")
    for name, value in values.items():
        monkeypatch.setenv(f"HANDOFF_KAFKA_{name}", value)
    return Kafka.of(Settings())


def test_without_security_only_addresses_and_name(monkeypatch: pytest.MonkeyPatch) -> None:
    options = _kafka(monkeypatch).client_options()
    assert options["bootstrap_servers"] == ["one:9092", "two:9092"]
    assert (options["client_id"], options["security_protocol"]) == ("handoff-host-3", "PLAINTEXT")
    assert not {"ssl_context", "sasl_mechanism", "sasl_plain_password"} & set(options)


def test_sasl_over_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    kafka = _kafka(
        monkeypatch,
        SECURITY_PROTOCOL="SASL_SSL",
        SASL_MECHANISM="SCRAM-SHA-512",
        SASL_USERNAME="handoff",
        SASL_PASSWORD="hunter2",
        SSL_CAFILE=str(Path(certifi.where())),
    )
    options = kafka.client_options()
    assert (options["sasl_mechanism"], options["sasl_plain_username"]) == ("SCRAM-SHA-512", "handoff")
    assert options["sasl_plain_password"] == "hunter2"
    context = options["ssl_context"]
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.cert_store_stats()["x509_ca"] > 0
    assert "hunter2" not in repr(kafka)


def test_names_on_the_brokers() -> None:
    kafka = Kafka("one:9092", "host-0", namespace="trial.")
    assert kafka.topic("handoff.tasks.v1") == "trial.handoff.tasks.v1"
    assert kafka.topic_name("trial.handoff.tasks.v1") == "handoff.tasks.v1"
    assert kafka.group("worker") == "trial.handoff.worker"
    assert Kafka("one:9092", "host-0").group("worker") == "handoff.worker"


def test_an_outage_is_told_seldom(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("aiokafka.conn")
    silence_client_logs()
    try:
        for attempt in range(50):
            logger.error("Unable to connect to %s", attempt)
            logger.info("Closing %s", attempt)
        logger.error("another trouble")
    finally:
        for name in CLIENT_LOGGERS:
            logging.getLogger(name).filters.clear()
    told = [line.getMessage() for line in caplog.records if line.levelno == logging.ERROR]
    assert told == ["Unable to connect to 0", "another trouble"]
