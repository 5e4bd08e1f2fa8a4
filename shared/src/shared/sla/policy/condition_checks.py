"""What can be proved of conditions: that one covers another, that two never meet."""

from collections.abc import Iterator
from itertools import chain, combinations, product

from shared.sla.fact_names import NAMES, View
from shared.sla.policy.conditions import Condition, Every, Is, Not, Some, holds

_MANY = frozenset({"occurrence", "signal"})


def covers(wide: Condition, narrow: Condition) -> bool:
    """Whether `wide` is true wherever `narrow` is: proved over every combination of what the two mention."""
    return all(holds(wide, view) for view in views_of(wide, narrow) if holds(narrow, view))


def never_together(one: Condition, other: Condition) -> bool:
    """Whether no fact can make both true."""
    return not any(holds(one, view) and holds(other, view) for view in views_of(one, other))


def views_of(*conditions: Condition) -> Iterator[View]:
    """Every distinguishable fact: each name with nothing, each value mentioned, and one that is not mentioned."""
    mentioned: dict[str, set[str]] = {}
    for leaf in chain.from_iterable(_leaves(condition) for condition in conditions):
        mentioned.setdefault(leaf.name, set()).update(leaf.values)
    choices = [[(name, values) for values in _choices(name, mentioned[name])] for name in sorted(mentioned)]
    for chosen in product(*choices):
        yield dict(chosen)


def _leaves(condition: Condition) -> Iterator[Is]:
    match condition:
        case Is():
            yield condition
        case Not(part):
            yield from _leaves(part)
        case Every(parts) | Some(parts):
            yield from chain.from_iterable(_leaves(part) for part in parts)


def _choices(name: str, mentioned: set[str]) -> list[frozenset[str]]:
    if name in _MANY:
        sizes = range(len(mentioned) + 1)
        return [frozenset(some) for size in sizes for some in combinations(sorted(mentioned), size)]
    other = sorted(set(NAMES[name]) - mentioned)[:1]
    return [frozenset(), *(frozenset({value}) for value in sorted(mentioned) + other)]
