"""Real processes for the tests of the launcher: three stand-in services, and ways to look at what runs."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psutil

SERVICES: Final = ("journey_api", "handoff_worker", "notifier")

STAND_IN: Final = """
import http.server, json, os, pathlib, signal, socket, sys, threading

class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *words):
        pass

def main():
    name = "NAME"
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ready, bind_and_activate=False)
    server.socket = socket.socket(fileno=int(os.environ["HANDOFF_LISTEN_FD"]))
    server.server_port = server.socket.getsockname()[1]
    folder = pathlib.Path(os.environ["HANDOFF_DATA_DIR"])
    told = {key: value for key, value in os.environ.items() if key.startswith("HANDOFF_")}
    (folder / f"{name}.told.new").write_text(json.dumps(told))
    (folder / f"{name}.told.new").replace(folder / f"{name}.told")
    new = folder / f"{name}.port.new"
    new.write_text(str(server.server_port))
    new.replace(folder / f"{name}.port")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stop.wait()
"""


def write_stand_ins(folder: Path) -> Path:
    """Packages of the services' names that answer on their port and do nothing else; the rest is the real ones'."""
    for name in SERVICES:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n")
        (folder / name / "main.py").write_text(STAND_IN.replace("NAME", name))
    return folder


def until(condition: Callable[[], object], within: float = 60.0) -> float:
    """Wait for a condition; the real seconds it took. Fails with what it waited for."""
    began, never = time.monotonic(), threading.Event()
    while not condition():
        assert time.monotonic() - began < within, f"not within {within} s: {condition}"
        never.wait(0.02)
    return time.monotonic() - began


class Stack:
    """A running `handoff up`, in a session of its own."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, output: Path) -> None:
        self.process = process
        self.folder = folder
        self._output = output

    def said(self) -> str:
        """Everything the launcher has printed."""
        return self._output.read_text()

    def address(self, within: float = 240.0) -> str:
        """Where it is found, once it is ready; real seconds. Fails with what it printed where it ends before."""
        until(lambda: "\nready at " in f"\n{self.said()}" or self.process.poll() is not None, within)
        assert self.process.poll() is None, self.said()
        return next(line.removeprefix("ready at ") for line in self.said().splitlines() if line.startswith("ready at "))

    def key(self) -> str:
        """A key that may do everything."""
        return (self.folder / "key").read_text().strip()

    def running(self) -> list[psutil.Process]:
        """All processes of its session, and PostgreSQL's, which have sessions of their own."""
        found = []
        for process in psutil.process_iter():
            try:
                mine = self._holds(process.pid) or str(self.folder) in " ".join(process.cmdline())
                if mine and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def command_lines(self) -> dict[int, list[str]]:
        """What each of them was started with, by its process id."""
        found = {}
        for process in self.running():
            with suppress(psutil.Error):
                found[process.pid] = process.cmdline()
        return found

    def named(self, name: str) -> list[int]:
        """The processes of its session whose command line holds the name."""
        return [pid for pid, line in self.command_lines().items() if name in " ".join(line) and self._holds(pid)]

    def _holds(self, pid: int) -> bool:
        try:
            return os.getsid(pid) == self.process.pid
        except ProcessLookupError:
            return False

    def reborn(self, name: str, dead: int) -> float:
        """The real seconds until another process of the name runs."""
        return until(lambda: (found := self.named(name)) and dead not in found)

    def signal_group(self, number: signal.Signals) -> float:
        """Signal the launcher's whole group; the real seconds until the launcher has ended."""
        began = time.monotonic()
        os.killpg(self.process.pid, number)
        self.process.wait(30)
        return time.monotonic() - began


@contextmanager
def handoff_up(folder: Path, settings: Mapping[str, str], *arguments: str) -> Iterator[Stack]:
    """`handoff up` on a data folder, any free ports; everything it leaves is killed at the end."""
    with launched([str(Path(sys.executable).with_name("handoff")), "up", *arguments], folder, settings) as stack:
        yield stack


@contextmanager
def launched(command: Sequence[str], folder: Path, settings: Mapping[str, str]) -> Iterator[Stack]:
    """A stack started by a command, as `handoff_up`."""
    folder.mkdir(exist_ok=True)
    ports = {f"HANDOFF_{name}_PORT": "0" for name in ("HTTP", "WORKER", "NOTIFIER", "SINK")}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HANDOFF_")}
    environment = {**inherited, **ports, "HANDOFF_DATA_DIR": str(folder), **settings}
    output = folder.with_suffix(".out")
    with output.open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    stack = Stack(process, folder, output)
    try:
        yield stack
    finally:
        process.kill()
        for left in stack.running():
            with suppress(psutil.NoSuchProcess):
                left.kill()
        process.wait()
