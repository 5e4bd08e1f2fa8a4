"""Listening ports: taken before anything starts and kept over deaths, or refused with a sentence that helps."""

import errno
import socket
from typing import Final

BACKLOG: Final = 2048
"""How many connections may wait to be taken, as while a killed service starts again."""


class PortBusy(RuntimeError):
    """Somebody else listens there; the message names the setting to change."""


def listen(host: str, port: int, setting: str) -> socket.socket:
    """A socket that listens on the port; 0 takes any free one. Raises PortBusy."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OverflowError:
        listener.close()
        raise PortBusy(f"{port} is no port: set {setting} to a number from 0, for any, to 65535") from None
    except OSError as error:
        listener.close()
        raise PortBusy(_explain(host, port, setting, error)) from None
    return listener


def _explain(host: str, port: int, setting: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken by another program: set {setting} to a free one, or to 0 for any"
    return f"cannot listen on {host} port {port} ({error.strerror or error}): set {setting} or HANDOFF_HTTP_HOST"
