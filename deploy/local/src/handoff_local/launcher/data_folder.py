"""The data folder of one stack: its lock, its key, and the small files its processes leave for each other."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from shared.process.settings import DATABASE_URL_FILE

KEY_FILE: Final = "key"
LOCK_FILE: Final = "lock"
SINK: Final = "sink"
API: Final = "journey_api"


class FolderTaken(RuntimeError):
    """Another launcher runs on the folder; the message names its process."""


class FolderUnusable(RuntimeError):
    """Nothing can be kept there; the message says why."""


class DataFolder:
    """Paths inside `HANDOFF_DATA_DIR`, absolute."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be the only launcher on this folder until the block ends, however it ends.

        Raises FolderTaken, and FolderUnusable where nothing can be written.
        """
        with self._open_lock() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise FolderTaken(
                    f"another `handoff up` runs on {self.path} (process {lock.read().strip() or 'unknown'}):"
                    " stop it, or set HANDOFF_DATA_DIR to another folder"
                ) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def _open_lock(self) -> TextIO:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            return (self.path / LOCK_FILE).open("a+")
        except OSError as error:
            raise FolderUnusable(
                f"nothing can be kept in {self.path} ({error.strerror}): set HANDOFF_DATA_DIR to another folder"
            ) from None

    def key(self) -> str | None:
        """The key of the key file, if there is one."""
        path = self.path / KEY_FILE
        return path.read_text().strip() or None if path.exists() else None

    def ensure_key(self) -> str:
        """The key of the key file, made at the first call and the same ever after."""
        key = self.key()
        if key is None:
            key = "hk_" + secrets.token_urlsafe(32)
            self.write_private(KEY_FILE, key + "\n")
        return key

    def write_database_url(self, url: str) -> None:
        """Leave the embedded database's address for the services."""
        self.write_private(DATABASE_URL_FILE, url + "\n")

    def write_private(self, name: str, text: str) -> None:
        """Replace a file whole, readable by its owner alone."""
        path = self.path / name
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        new.replace(path)

    def log(self, process: str) -> Path:
        """Where a process of the stack writes what it has to say."""
        return self.path / f"{process}.log"

    def port_file(self, process: str) -> Path:
        """Where a process of the stack writes the port it really listens on."""
        return self.path / f"{process}.port"

    def port(self, process: str) -> int | None:
        """The port a process has written, if it has."""
        try:
            return int(self.port_file(process).read_text())
        except (FileNotFoundError, ValueError):
            return None
