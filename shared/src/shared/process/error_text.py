"""What an error says of itself where people may read it: its kind and its first line."""

from collections.abc import Iterator


def reason_of(error: BaseException) -> str:
    """The error's kind and first line, at most 300 characters; further lines may hold what a statement was given."""
    first = (str(error).splitlines() or [""])[0]
    return f"{type(error).__name__}: {first}"[:300]


def root_causes(error: BaseException) -> Iterator[BaseException]:
    """The errors inside a group of errors; an error alone is its own cause."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from root_causes(inner)
    else:
        yield error
