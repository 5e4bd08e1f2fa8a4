"""The documents for developers name files and functions that are there, and say where ordinary changes are made."""

import re
from pathlib import Path

import pytest

from shared.db.schema import metadata

ROOT = Path(__file__).parents[2]
SOURCES = {
    "shared": "shared/src",
    "journey_api": "services/journey-api/src",
    "handoff_worker": "services/handoff-worker/src",
    "notifier": "services/notifier/src",
    "handoff_local": "deploy/local/src",
    "harness": "tests",
}
"""Where a package lies that a document names from its package on."""

CHANGES = [
    "a channel",
    "a time rule",
    "a role",
    "a field of an event",
    "an escalation target",
    "JWT auth",
    "a webhook subscription",
    "a condition operator",
    "the retry schedule",
    "a report",
    "a metric",
    "a language",
]


def named_in(document: str) -> list[str]:
    """What stands in backticks and is a path: it has a slash inside and neither blanks nor marks of an address."""
    text = re.sub(r"```.*?```", "", (ROOT / document).read_text(), flags=re.DOTALL)
    return [name for name in re.findall(r"`([\w.*][\w./*:-]*)`", text) if "/" in name and "://" not in name]


def matches(name: str) -> list[Path]:
    """The files of a path from the root, or from a package on."""
    path = name.partition(":")[0]
    places = [ROOT, *([ROOT / SOURCES[first]] if (first := path.partition("/")[0]) in SOURCES else [])]
    return [found for place in places for found in place.glob(path.rstrip("/"))]


def has_symbol(name: str) -> bool:
    """Whether the file of `path:symbol` defines the symbol; a path alone has all it needs."""
    _, _, symbol = name.partition(":")
    defined = re.compile(rf"^\s*(async def|def|class) {symbol}\b|^{symbol}\b.*=", re.MULTILINE)
    return not symbol or any(defined.search(path.read_text()) for path in matches(name) if path.is_file())


def section(document: str, heading: str) -> str:
    """The text under a heading of the second level."""
    return (ROOT / document).read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_what_a_document_names_is_there(document: str) -> None:
    names = named_in(document)
    assert len(names) > 10
    assert [name for name in names if not matches(name)] == []
    assert [name for name in names if not has_symbol(name)] == []


def test_each_ordinary_change_has_its_files_and_its_tests() -> None:
    after_heading = section("CONTRIBUTING.md", "Where do I change what").partition("| change | files | tests |")[2]
    table = after_heading.partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines() if "`" in line]
    assert [change for change, *_ in rows] == CHANGES
    assert [change for change, files, tests in rows if "/" not in files or "`tests/" not in tests] == []


def test_the_tests_that_documents_name_are_there() -> None:
    documents = [ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    named = {name for path in documents for name in re.findall(r"\btest_\w+\.py", path.read_text())}
    assert len(named) > 10
    assert named - {path.name for path in (ROOT / "tests").rglob("test_*.py")} == set()


def test_the_tests_that_decisions_name_are_there() -> None:
    there = {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    texts = [path.read_text() for path in (ROOT / "docs/adr").glob("*.md")]
    named = {name for text in texts for name in re.findall(r"\btest_\w+(?![\w*])", text)}
    assert len(named) > 10
    assert named - there == set()


def test_every_table_has_a_writer() -> None:
    lines = section("docs/architecture.md", "Who writes which table").splitlines()
    first_cells = "".join(line.split(" | ")[0] for line in lines if line.startswith("| `"))
    assert sorted(re.findall(r"`(\w+)`", first_cells)) == sorted(metadata.tables)
