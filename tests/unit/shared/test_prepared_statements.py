"""Every statement that goes to the driver can be compiled."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import pytest

import handoff_worker
import journey_api
import notifier
import shared
from shared.db.prepared import Prepared


def _prepared(package: ModuleType) -> Iterator[tuple[str, Prepared]]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.endswith("__main__"):
            for name, value in vars(import_module(found.name)).items():
                if isinstance(value, Prepared):
                    yield f"{found.name}.{name}", value


@pytest.mark.parametrize("package", [shared, journey_api, handoff_worker, notifier], ids=lambda one: one.__name__)
def test_every_prepared_statement_compiles(package: ModuleType) -> None:
    statements = dict(_prepared(package))
    assert statements
    for statement in statements.values():
        statement.compile()
