"""Ports for brokers: they must be known before the start, and still be free after a crash."""

import random
import socket
from typing import Final

_BELOW_OUTGOING: Final = range(20_000, 32_000)
"""The kernel gives outgoing connections ports from 32768 on; one of those could be taken while the broker is down."""
_TRIES: Final = 100


def free_port() -> int:
    """A port of loopback on which nobody listens now."""
    for port in random.sample(_BELOW_OUTGOING, _TRIES):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"none of {_TRIES} ports was free")
