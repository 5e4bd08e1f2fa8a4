from copy import copy
from dataclasses import FrozenInstanceError, dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pytest
from mypy import api

from shared.fast_dataclass import fast_dataclass, fast_replace

DEFINED = """
from shared.fast_dataclass import fast_dataclass, fast_replace

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


@fast_dataclass(frozen=True, kw_only=True)
class Named:
    names: list[str] = field(default_factory=list)
    number: int = field(default=0, compare=False)
    seen: dict[str, int] = field(default_factory=dict, init=False, compare=False)

    @cached_property
    def first(self) -> str:
        return self.names[0]


def test_is_copied_with_changes_as_by_replace() -> None:
    place = Place("a", 1)
    assert fast_replace(place, number=2) == replace(place, number=2)
    assert copy(place) == place == Place("a", 1)
    assert copy(place) is not place
    with pytest.raises(AttributeError):
        fast_replace(place, other=1)


def test_a_copy_keeps_fields_and_nothing_worked_out_from_them() -> None:
    named = Named(names=["a"], number=3)
    assert named.first == "a"
    named.seen["a"] = 1
    other = fast_replace(named, names=["b"])
    assert (other.first, other.number, named.first) == ("b", 3, "a")
    assert (other.seen, named.seen) == ({}, {"a": 1})


def test_refuses_a_class_that_ends_its_init_itself() -> None:
    with pytest.raises(TypeError, match="Ended would be copied without"):

        @fast_dataclass(frozen=True, slots=True)
        class Ended:
            number: int

            def __post_init__(self) -> None:
                raise AssertionError


def test_refuses_a_field_that_a_copy_could_not_make() -> None:
    with pytest.raises(TypeError, match="Half would be copied without its number"):

        @fast_dataclass(frozen=True, slots=True)
        class Half:
            number: int = field(default=0, init=False)


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
        ("fast_replace(place, number='b')", "incompatible type"),
        ("Place()", "Missing positional argument"),
        ('Place("a", number=2)', "Success"),
    ):
        module.write_text(f"{DEFINED}{line}\n")
        said, _, _ = api.run(["--strict", "--cache-dir", str(tmp_path / "cache"), str(module)])
        assert wanted in said
