"""The mails kept in the data folder: a file each, the oldest leaving when there are too many."""

import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Final

KEPT: Final = 500


@dataclass(frozen=True)
class Mail:
    """One mail as it arrived. `number` counts up over the life of the folder."""

    number: int
    message: EmailMessage

    @property
    def text(self) -> str:
        """The words of it: the plain part, else whatever text there is."""
        part = self.message.get_body(preferencelist=("plain", "html"))
        return str(part.get_content()) if part is not None else ""

    def header(self, name: str) -> str:
        """A header, decoded; empty when it is missing."""
        return str(self.message.get(name, ""))


class Mails:
    """The mails of one folder."""

    def __init__(self, folder: Path, kept: int = KEPT) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._kept = kept

    def add(self, content: bytes) -> int:
        """Keep a mail; its number."""
        numbers = self.numbers()
        number = numbers[0] + 1 if numbers else 1
        new = self._folder / "arriving"
        new.write_bytes(content)
        new.replace(self._path(number))
        for old in numbers[self._kept - 1 :]:
            self._path(old).unlink(missing_ok=True)
        return number

    def numbers(self) -> list[int]:
        """The numbers kept, newest first."""
        return sorted((int(path.stem) for path in self._folder.glob("*.eml")), reverse=True)

    def read(self, number: int) -> Mail | None:
        """One mail, if it is still kept."""
        raw = self.raw(number)
        return Mail(number, email.message_from_bytes(raw, EmailMessage, policy=email.policy.default)) if raw else None

    def raw(self, number: int) -> bytes | None:
        """One mail as it came, if it is still kept."""
        path = self._path(number)
        return path.read_bytes() if path.exists() else None

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:08}.eml"
