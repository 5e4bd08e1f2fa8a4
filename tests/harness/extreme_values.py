"""Values that what reads them is slow or lost on, about so many characters long."""

from collections.abc import Iterator
from typing import Any


def texts(size: int) -> Iterator[str]:
    """Texts that patterns, dates, numbers, addresses, letters and templates are slow or lost on."""
    yield "a" * size
    yield "Z" + "\u0300\u0489" * (size // 4)
    yield "P" + "1D" * (size // 2)
    yield "ana@" + "a." * (size // 2)
    yield "\u00a0\u200f" * (size // 5) + "9"
    yield "{{" * (size // 4) + "}}" * (size // 4)
    yield "9999-12-31T23:59:59.999999999-23:59"


def numbers(size: int) -> Iterator[Any]:
    """Numbers of many digits and of the ends of what numbers are."""
    yield 10 ** min(size, 4_000)
    yield 10_000_000
    yield -(2**63)
    yield 1e308


def containers(size: int) -> Iterator[Any]:
    """Lists and objects of many items, many names, much depth."""
    deep: Any = "x"
    for _ in range(28):
        deep = {"a": [deep]}
    yield deep
    yield [[]] * (size // 5)
    yield {f"n{number}": number for number in range(size // 16)}


def extremes(types: frozenset[str], size: int) -> Iterator[Any]:
    """What to put into a field that takes values of these types."""
    yield from containers(size)
    if "string" in types:
        yield from texts(size)
    if types & {"integer", "number"}:
        yield from numbers(size)
    if "word" in types:
        yield "a" * size
