"""The query of a request against the parameters its route takes, the same on every `/v1` route."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from fastapi.dependencies.models import Dependant
from starlette.requests import Request
from starlette.types import Scope

from journey_api.http.nearest import nearest
from journey_api.http.problems import Problem
from shared.faults import Fault, Wrong

_MOST_FAULTS: Final = 100
_MOST_VALUES: Final = 500
"""How many values one parameter may have."""
Pairs = list[tuple[str, str]]

Filters = dict[str, Sequence[str]]
"""The values asked for by filter; any of them will do."""


def given(filters: Mapping[str, str | Sequence[str] | None]) -> Filters:
    """The filters that were given."""
    return {name: [asked] if isinstance(asked, str) else asked for name, asked in filters.items() if asked is not None}


@dataclass(frozen=True, slots=True)
class QueryParameters:
    """What a route takes; `several` are the names that take more than one value, repeated or comma-separated."""

    names: tuple[str, ...] = ()
    several: frozenset[str] = field(default_factory=frozenset)

    def check(self, given: Pairs) -> None:
        """Raise 422 at `?name` for every parameter that is unknown, has too many values, or takes one and has two."""
        faults = [*self._unknown(given), *self._doubled(given), *self._crowded(given), *_with_nul(given)]
        if faults:
            raise Problem(422, faults[0].detail, errors=faults[:_MOST_FAULTS])

    def split(self, given: Pairs) -> Pairs:
        """The same with comma-separated values as values of their own."""
        return [
            (name, part) for name, value in given for part in (value.split(",") if name in self.several else (value,))
        ]

    def _unknown(self, given: Pairs) -> list[Fault]:
        there_are = f"There are {', '.join(self.names)}" if self.names else "This route takes none"
        strange = dict.fromkeys(name for name, _ in given if name not in self.names)
        return [
            Fault(f"?{name}", "unknown_field", f"Unknown parameter. {there_are}.", nearest(name, self.names))
            for name in list(strange)[:_MOST_FAULTS]
        ]

    def _doubled(self, given: Pairs) -> list[Fault]:
        single = set(self.names) - self.several
        counted = Counter(name for name, _ in given if name in single)
        words = f"Given twice, and takes one value. There are {', '.join(self.names)}."
        return [Fault(f"?{name}", "given_twice", words) for name, number in counted.items() if number > 1]

    def _crowded(self, given: Pairs) -> list[Fault]:
        counted: Counter[str] = Counter()
        for name, value in given:
            if name in self.several:
                counted[name] += 1 + value.count(",")
        wrong = Wrong("too_many", f"At most {_MOST_VALUES} values", (("most", _MOST_VALUES),))
        return [wrong.at(f"?{name}") for name, number in counted.items() if number > _MOST_VALUES]


def _with_nul(given: Pairs) -> Iterable[Fault]:
    return (
        Fault(f"?{name}", "malformed", "NUL is not a character here") for name, value in given if "\x00" in name + value
    )


def read_query(scope: Scope, taken: QueryParameters) -> Mapping[str, str]:
    """The single values of a request, checked, its comma-separated ones spread out in the scope. Raises Problem."""
    raw: bytes = scope.get("query_string", b"")
    if not raw:
        return {}
    given = parse_qsl(raw.decode("latin-1"), keep_blank_values=True)
    taken.check(given)
    if taken.several:
        scope["query_string"] = urlencode(taken.split(given)).encode()
    return dict(given)


def take_no_parameters(request: Request) -> None:
    """Raise 422 for any parameter: for routes without any, that no route class checks."""
    read_query(request.scope, QueryParameters())


def parameters_of(dependant: Dependant) -> QueryParameters:
    """What a route and its dependencies declare."""
    fields = list(_query_fields(dependant))
    several = frozenset(one.alias for one in fields if _takes_several(one.field_info.annotation))
    return QueryParameters(tuple(dict.fromkeys(one.alias for one in fields)), several)


def _query_fields(dependant: Dependant) -> Iterable[Any]:
    yield from dependant.query_params
    for inner in dependant.dependencies:
        yield from _query_fields(inner)


def _takes_several(annotation: Any) -> bool:
    """Whether the type of a parameter is a list, or a union with one."""
    origin = getattr(annotation, "__origin__", annotation)
    return origin is list or any(_takes_several(part) for part in getattr(annotation, "__args__", ()))
