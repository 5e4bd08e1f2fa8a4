"""A document of very many values is refused at the place that holds them; texts may hold what they like."""

import json
from typing import Any

import pytest

from journey_api.http.json_bounds import MOST_VALUES, refuse_many_values
from journey_api.http.problems import Problem


def refusal(raw: bytes) -> tuple[int, str | None]:
    """The status and the place; 0 for what is let through."""
    try:
        refuse_many_values(raw)
    except Problem as problem:
        return problem.status_code, problem.errors[0].pointer if problem.errors else None
    return 0, None


def written(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ([1] * 20_000, ""),
        ({"data": {"topics": ["a"] * 20_000}}, "/data/topics"),
        ({"a": 1, "data": {f"n{n}": n for n in range(20_000)}, "b": 2}, "/data"),
        ({"a/b": [[]] * 20_000}, "/a~1b"),
        ([{"x": [{"y": [1] * 10}]} for _ in range(20_000)], ""),
        ({"deep": [{"list": ["é,[{"] * 20_000}]}, "/deep/0/list"),
    ],
)
def test_too_many_are_refused_at_their_place(document: Any, place: str) -> None:
    assert refusal(written(document)) == (422, place)


@pytest.mark.parametrize(
    "text", [",[{" * 100_000, '",' * 100_000, "\\" * 100_001 + ",[" * 20_000, '\\",' * 50_000, "\n,\t[" * 50_000]
)
def test_texts_may_hold_what_parts_values(text: str) -> None:
    assert refusal(written({"note": text, text: [1, {}]})) == (0, None)


def test_so_many_are_let_through() -> None:
    assert refusal(written([1] * MOST_VALUES)) == (0, None)
    assert refusal(written([1] * (MOST_VALUES + 1))) == (422, "")


@pytest.mark.parametrize(
    "raw", [b'"' + b'\\"' * 300_000, b'{"a":"' + b"," * 20_000, b"}" * 20_000, b",\\" * 9_000, b'"a' * 200_001]
)
def test_what_is_no_json_is_read_once(raw: bytes) -> None:
    assert refusal(raw)[0] in (0, 400, 422)


def test_what_breaks_before_is_unreadable() -> None:
    assert refusal(b"nobody," * 20_000) == (400, None)
