"""Dataclasses of which each event makes many: frozen to the type checker, as cheap to make as any other object."""

from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any

__all__ = ["fast_dataclass", "fast_replace"]

if TYPE_CHECKING:
    from dataclasses import dataclass as fast_dataclass
    from dataclasses import replace as fast_replace
else:

    def fast_dataclass(*, frozen: bool = False, **options: Any) -> Any:
        """A dataclass of these options whose `frozen` only the type checker holds (ADR 0021).

        One that is frozen at run time too sets each field by a call, which takes four times as long. It hashes by its
        fields as a frozen one does. Raises TypeError for a class that has a `__post_init__`, or a field that
        `__init__` neither takes nor makes by a factory.
        """

        def decorate(cls: type) -> type:
            if hasattr(cls, "__post_init__"):
                raise TypeError(f"{cls.__name__} would be copied without its __post_init__")
            made = dataclass(unsafe_hash=frozen, **options)(cls)
            if alone := [one.name for one in fields(made) if not one.init and one.default_factory is MISSING]:
                raise TypeError(f"{cls.__name__} would be copied without its {alone[0]}")
            made.__copy__ = _copier(made)
            return made

        return decorate

    def fast_replace(value: Any, /, **changes: Any) -> Any:
        """As `dataclasses.replace`, of a `fast_dataclass`; the field names are checked by the type checker alone."""
        copy = value.__copy__()
        for name, changed in changes.items():
            setattr(copy, name, changed)
        return copy

    def _copier(cls: type) -> Any:
        """A method that copies a value as one written by hand for this class would: what `__init__` takes is kept,
        what it makes itself is made anew."""
        kept = [f"copy.{one.name} = self.{one.name}" for one in fields(cls) if one.init]
        made = {one.name: one.default_factory for one in fields(cls) if not one.init}
        lines = "\n    ".join([*kept, *(f"copy.{name} = made[{name!r}]()" for name in made)])
        scope = {"new": object.__new__, "cls": cls, "made": made}
        exec(f"def __copy__(self):\n    copy = new(cls)\n    {lines}\n    return copy\n", scope)
        return scope["__copy__"]
