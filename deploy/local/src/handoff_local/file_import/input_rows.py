"""The rows of a file: lines of CSV in any usual spelling, or objects of JSON."""

import codecs
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

from handoff_local.errors import CommandFailed
from handoff_local.file_import.csv_records import Record, read_records
from handoff_local.file_import.mapping import Mapping

_CHUNK: Final = 1 << 20
_SEPARATOR_LINE: Final = re.compile(r"""(["']?)sep=(?P<separator>[^"'\s]|\t)\1[,;\t]*\s*""", re.IGNORECASE)
"""The line before that of the names by which a file tells Excel its separator."""
_FALLBACK: Final = "cp1252"
"""What a file is that is not UTF-8, unless its mapping says otherwise."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row, and the line it begins on (JSON: its number). `wrong`: why it can be no event, whatever its cells."""

    line: int
    cells: dict[str, Any]
    wrong: str | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a file, to be read once. `columns` is None for JSON, whose rows name what they have."""

    columns: tuple[str, ...] | None
    found: Iterator[Row]


def open_rows(path: Path, mapping: Mapping) -> Rows:
    """The rows of a file: JSON where its name ends so, else CSV. Raises CommandFailed for one that cannot be read."""
    try:
        encoding = mapping.encoding or _encoding_of(path)
        if path.suffix.lower() in (".json", ".jsonl", ".ndjson"):
            return Rows(None, _json_rows(_json_text(path), mapping.each, path))
        return _csv_rows(path, encoding, mapping.separator)
    except (OSError, UnicodeError) as error:
        raise CommandFailed(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None


def _encoding_of(path: Path) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        beginning = file.read(2)
        if beginning in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        try:
            decoder.decode(beginning)
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return _FALLBACK
    return "utf-8"


def _csv_rows(path: Path, encoding: str, separator: str | None) -> Rows:
    if codecs.lookup(encoding).name == "utf-8":
        encoding = "utf-8-sig"
    lines = _lines(path, encoding)
    first, above = next(lines, ""), 0
    if said := _SEPARATOR_LINE.fullmatch(first):
        separator = separator or said["separator"]
        first, above = next(lines, ""), 1
    records = read_records(chain([first], lines), separator or _separator_of(first), above)
    names = next(records)
    if names.wrong:
        raise CommandFailed(f"{path}: the line of column names: {names.wrong}")
    columns = [name.strip() for name in names.cells]
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    if twice:
        raise CommandFailed(f"{path}: the first line names more than once: {', '.join(twice)}")
    if not any(columns):
        empty = not any(cell.strip() for record in records for cell in record.cells)
        what = "the file is empty; its first line names the columns" if empty else "the first line names no column"
        raise CommandFailed(f"{path}: {what}")
    return Rows(tuple(columns), _read(records, columns))


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """Bytes that are none of the encoding stay, as half surrogates, so that only their row is refused."""
    wide = codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
    errors = "surrogatepass" if wide else "surrogateescape"
    with path.open(encoding=encoding, errors=errors, newline="") as file:
        yield from file


def _separator_of(line: str) -> str:
    """The one of the usual separators that stands most often in the first line, quoted texts apart."""
    bare = "".join(line.split('"')[::2])
    return max((",", ";", "\t"), key=bare.count)


def _read(records: Iterable[Record], columns: Sequence[str]) -> Iterator[Row]:
    for record in records:
        if record.wrong:
            yield Row(record.line, {}, record.wrong)
        elif any(cell.strip() for cell in record.cells):
            cells = dict(zip(columns, record.cells, strict=False))
            yield Row(record.line, cells, _fault_of(record.cells, columns))


def _fault_of(cells: Sequence[str], columns: Sequence[str]) -> str | None:
    if len(cells) < len(columns) or any(cell.strip() for cell in cells[len(columns) :]):
        return f"{len(cells)} cells, where the first line has {len(columns)}"
    if any("\ud800" <= character <= "\udfff" for cell in cells for character in cell):
        return "bytes that are no text in the encoding of the file"
    return None


def _json_text(path: Path) -> str:
    text = path.read_text(encoding="utf-8-sig")
    if not text.strip():
        raise CommandFailed(f"{path}: the file is empty")
    return text


def _json_rows(text: str, each: str, path: Path) -> Iterator[Row]:
    for number, document in _documents(text, path):
        if isinstance(document, str):
            yield Row(number, {}, document)
            continue
        found = find(document, each)
        for one in found if isinstance(found, list) else [found]:
            wrong = None if isinstance(one, dict) else f"no object at {each or 'the top'}"
            yield Row(number, one if isinstance(one, dict) else {}, wrong)


def _documents(text: str, path: Path) -> Iterator[tuple[int, Any]]:
    """Numbered documents: of a list, of one, or one a line; a text where a line is not JSON."""
    try:
        whole = json.loads(text)
    except RecursionError:
        raise CommandFailed(f"{path}: the JSON is nested too deeply") from None
    except ValueError:
        yield from _documents_by_line(text)
        return
    yield from enumerate(whole if isinstance(whole, list) else [whole], 1)


def _documents_by_line(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                yield number, f"not JSON: {error}"


def find(document: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) leads to; None where nothing is."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, list):
            document = document[int(name)] if name.isdecimal() and int(name) < len(document) else None
        else:
            document = document.get(name) if isinstance(document, dict) else None
    return document
