"""What docs/architecture.md says of the size of the code is so."""

import pytest

from harness.documented_figures import ROOT, assert_near


@pytest.mark.parametrize(
    ("row", "folders"),
    [
        ("product", ["shared/src", "services/*/src", "deploy/*/src"]),
        ("of it `shared`", ["shared/src"]),
        ("tests", ["tests"]),
    ],
)
def test_the_code_is_as_large_as_written(row: str, folders: list[str]) -> None:
    modules = [path for folder in folders for place in ROOT.glob(folder) for path in place.rglob("*.py")]
    lines = sum(path.read_bytes().count(b"\n") for path in modules)
    assert_near(row, [lines, len(modules)])
