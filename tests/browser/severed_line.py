"""A line to the stack that a test severs and mends, as a network does."""

import selectors
import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit


class Line:
    """Passes on what comes to its `address`; while severed it takes nobody and has let everybody go,
    while it hangs it takes everybody and passes on nothing.
    """

    def __init__(self, to: str) -> None:
        parts = urlsplit(to)
        self._to = (str(parts.hostname), int(parts.port or 80))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._whole = threading.Event()
        self._whole.set()
        self._flows = threading.Event()
        self._flows.set()
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._take, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Where the stack is found through the line."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def sever(self) -> None:
        """Break every connection, and those that come."""
        self._whole.clear()
        with self._lock:
            for end in self._ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def hang(self) -> None:
        """Pass on nothing more, and close nothing."""
        self._flows.clear()

    def mend(self) -> None:
        """Take connections again, and pass on what waits."""
        self._whole.set()
        self._flows.set()

    def close(self) -> None:
        """Break it for good."""
        self.sever()
        self._flows.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _take(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(near,), daemon=True).start()

    def _pass_on(self, near: socket.socket) -> None:
        with near, socket.create_connection(self._to) as far, selectors.DefaultSelector() as ready:
            with self._lock:
                self._ends |= {near, far}
            other = {near: far, far: near}
            for end in other:
                ready.register(end, selectors.EVENT_READ, end)
            with suppress(OSError):
                while self._whole.is_set() and self._pass_once(ready, other):
                    pass
            with self._lock:
                self._ends -= {near, far}

    def _pass_once(self, ready: selectors.DefaultSelector, other: dict[socket.socket, socket.socket]) -> bool:
        """Pass on what there is; False at the end of either side."""
        for key, _ in ready.select():
            self._flows.wait()
            if not (data := key.data.recv(65_536)):
                return False
            other[key.data].sendall(data)
        return True
