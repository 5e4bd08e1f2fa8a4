"""`handoff import`: a file's rows mapped, posted and reported."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from handoff_local.client import Client
from handoff_local.errors import CommandFailed
from handoff_local.file_import import resume
from handoff_local.file_import.batch_sender import AT_ONCE, BATCH_BYTES, Poster
from handoff_local.file_import.input_rows import Rows, open_rows
from handoff_local.file_import.mapping import Mapping, read_mapping
from handoff_local.file_import.row_events import MappedRow, as_json, map_row
from handoff_local.file_import.row_report import count_rows, write_lines


@dataclass(frozen=True, slots=True)
class Task:
    """An import: its file, mapping and report. `dry`: nothing is stored, and nothing remembered."""

    file: Path
    mapping: Path
    report: Path
    dry: bool = False


def import_rows(
    client: Client, task: Task, tell: Callable[[Counter[str]], None], *, from_start: bool = False
) -> Counter[str]:
    """Import a file, from where it was broken off unless `from_start`; answers how many rows met which fate.

    `tell` hears the numbers after each batch. Raises CommandFailed; what was reported until then stays done.
    """
    mapping = read_mapping(task.mapping)
    rows = open_rows(task.file, mapping)
    _check_columns(mapping, rows, task)
    standing = resume.begin(task.file, task.mapping)
    if from_start or task.dry:
        standing = replace(standing, rows=0, counts=Counter())
    poster = Poster(client, mapping, task.dry)
    mapped = enumerate((map_row(mapping, row) for row in rows.found), 1)
    if standing.rows == 0:
        write_lines(task.report, (), anew=True)
    for batch in _batches(islice(mapped, standing.rows, None)):
        lines = poster.post(batch)
        write_lines(task.report, lines, anew=False)
        standing = replace(standing, rows=batch[-1][0], counts=standing.counts + count_rows(lines))
        if not task.dry:
            resume.remember(task.file, standing)
        tell(standing.counts)
    if not task.dry:
        resume.forget(task.file)
    return standing.counts


def _batches(rows: Iterable[tuple[int, MappedRow]]) -> Iterator[Sequence[tuple[int, MappedRow]]]:
    """So many rows, and so many bytes, that the API takes them at once."""
    batch: list[tuple[int, MappedRow]] = []
    size = 0
    for number, row in rows:
        length = len(as_json(row.event)) if row.event is not None else 0
        if batch and (len(batch) == AT_ONCE or size + length > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((number, row))
        size += length
    if batch:
        yield batch


def _check_columns(mapping: Mapping, rows: Rows, task: Task) -> None:
    """That the file has every column that the mapping names."""
    if rows.columns is None:
        return
    known = set(rows.columns)
    missing = sorted({name for _, value in mapping.values() for name in value.names} - known)
    if missing:
        raise CommandFailed(
            f"{task.file} has no column {', '.join(missing)}; it has {', '.join(name for name in rows.columns if name)}"
        )
