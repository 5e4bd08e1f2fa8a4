"""`python -m handoff_local.kafka`: a broker in the foreground for a developer, until Ctrl-C."""

import argparse
import sys
from pathlib import Path

from handoff_local.kafka.broker import EmbeddedKafka
from handoff_local.kafka.jars import KafkaFailed
from handoff_local.launcher.listening_ports import PortBusy, listen
from handoff_local.launcher.process_signals import Signals


def main() -> int:
    """Entry of the process; the exit code is 0 after a stop by signal."""
    parser = argparse.ArgumentParser(prog="make kafka", description=__doc__)
    parser.add_argument("--port", type=int, default=9092)
    parser.add_argument("--folder", type=Path, default=Path(".data-kafka"))
    options = parser.parse_args()
    try:
        listen("127.0.0.1", options.port, "port (`make kafka port=9192`)").close()
        with Signals() as signals:
            return _serve(EmbeddedKafka(options.folder, port=options.port, echo=_echo), signals)
    except (KafkaFailed, PortBusy) as failed:
        print(f"make kafka: {failed}", file=sys.stderr)
        return 1


def _serve(kafka: EmbeddedKafka, signals: Signals) -> int:
    _echo("starting Apache Kafka")
    kafka.start()
    _echo(f"ready at {kafka.bootstrap()}; data and log in {kafka.folder}; for Handoff:")
    _echo(f"  export HANDOFF_KAFKA_BOOTSTRAP_SERVERS={kafka.bootstrap()}")
    try:
        while kafka.alive() and not signals.stopping:
            signals.wait(1)
        if not signals.stopping:
            raise KafkaFailed(f"the broker ended, see {kafka.folder / 'kafka.log'}")
    finally:
        kafka.stop()
    return 0


def _echo(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
