from dataclasses import FrozenInstanceError, dataclass, replace
from pathlib import Path

import pytest
from mypy import api

from shared.fast_dataclass import fast_dataclass

DEFINED = """
from shared.fast_dataclass import fast_dataclass

@fast_dataclass(frozen=True, slots=True)
class Place:
    role: str
    number: int = 0

place = Place("a")
"""


@fast_dataclass(frozen=True, slots=True)
class Place:
    role: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Frozen:
    role: str
    number: int = 0


def test_is_a_value_as_a_frozen_dataclass_is() -> None:
    place = Place("a", 1)
    assert place == Place("a", number=1)
    assert place != replace(place, number=2)
    assert {place: "found"}[Place("a", 1)] == "found"
    assert hash(place) == hash(Frozen("a", 1))
    assert repr(place) == "Place(role='a', number=1)"
    with pytest.raises(AttributeError):
        place.other = 1


def test_costs_nothing_to_make_beyond_its_fields() -> None:
    """A frozen `__init__` names `object.__setattr__`, one call a field."""
    assert "__setattr__" in Frozen.__init__.__code__.co_names
    assert "__setattr__" not in Place.__init__.__code__.co_names
    with pytest.raises(FrozenInstanceError):
        Frozen("a").role = "b"


def test_is_frozen_to_the_type_checker(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    for line, wanted in (
        ('place.role = "b"', "read-only"),
        ('Place("a", "b")', "incompatible type"),
        ("Place()", "Missing positional argument"),
        ('Place("a", number=2)', "Success"),
    ):
        module.write_text(f"{DEFINED}{line}\n")
        said, _, _ = api.run(["--strict", "--cache-dir", str(tmp_path / "cache"), str(module)])
        assert wanted in said
