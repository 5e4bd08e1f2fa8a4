"""What list and feed routes read from a query."""

from collections.abc import Mapping


def given(filters: Mapping[str, str | None]) -> dict[str, str]:
    """The filters that were given."""
    return {name: value for name, value in filters.items() if value is not None}
