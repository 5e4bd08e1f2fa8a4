"""A number beyond all bounds is found wherever it stands; nothing else is taken for one."""

from typing import Any

import pytest
from pydantic_core import from_json

from shared.finite_numbers import holds_infinity


@pytest.mark.parametrize("raw", [b"1e309", b"[-1e999]", b'{"a": [{"b": [1, 9e400, 2]}]}', b"9" * 400 + b".0"])
def test_infinity_is_found(raw: bytes) -> None:
    assert holds_infinity(from_json(raw))


@pytest.mark.parametrize("value", [None, "1e999", {"1e999": "Infinity"}, [1e308, -1e308, 0.0], 10**400, True, []])
def test_what_is_finite_is_none(value: Any) -> None:
    assert not holds_infinity(value)
