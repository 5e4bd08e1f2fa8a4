"""Dataclasses of which each event makes many: frozen to the type checker, as cheap to make as any other object."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

__all__ = ["fast_dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass as fast_dataclass
else:

    def fast_dataclass(*, frozen: bool = False, **options: Any) -> Any:
        """A dataclass of these options whose `frozen` only the type checker holds (ADR 0021).

        One that is frozen at run time too sets each field by a call, which takes ten times as long. It hashes by its
        fields as a frozen one does.
        """
        return dataclass(unsafe_hash=frozen, **options)
