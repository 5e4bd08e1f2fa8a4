"""What the suite of the API builds, here too: the application on the real database, and clients of every kind."""

import gc
import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from shared.process.runner import spare_the_collector

_API = Path(__file__).resolve().parents[1] / "integration" / "api"
_NOTIFIER = Path(__file__).resolve().parents[1] / "integration" / "notifier"
sys.path[:0] = [str(_API), str(_NOTIFIER)]


def _fixtures_of(folder: Path) -> dict[str, object]:
    spec = spec_from_file_location(f"fixtures_of_{folder.name}", folder / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: value for name, value in vars(module).items() if not name.startswith("_")}


globals().update(_fixtures_of(_API))


@pytest.fixture
def spared_collector() -> Iterator[None]:
    """The garbage collector as every service has it."""
    before = gc.get_threshold()
    spare_the_collector()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)
