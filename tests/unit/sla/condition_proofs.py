"""What can be proved of conditions: that one covers another, that two never meet, that a clock is pointless."""

from collections.abc import Iterator
from itertools import chain, combinations, product

from shared.conditions import NEVER, Not, Predicate, leaves_of
from shared.sla.fact_view import NAMES, View, holds
from shared.sla.policy.rules import Conditions

_MANY = frozenset({"occurrence", "signal"})


def lint(when: Conditions) -> list[str]:
    """What makes a clock pointless: paused, stopped or cancelled whenever it starts."""
    if when.start == NEVER:
        return []
    found = []
    if when.pause != NEVER and covers(when.pause, when.start):
        found.append("pauses whenever it starts")
    if when.stop != NEVER and covers(when.stop, when.start):
        found.append("stops whenever it starts")
    if when.pause != NEVER and never_together(when.start, when.pause) and covers(when.cancel, Not(when.start)):
        found.append("is cancelled before it can pause: start and pause exclude each other")
    return found


def covers(wide: Predicate, narrow: Predicate) -> bool:
    """Whether `wide` is true wherever `narrow` is: proved over every combination of what the two mention."""
    return all(holds(wide, view) for view in views_of(wide, narrow) if holds(narrow, view))


def never_together(one: Predicate, other: Predicate) -> bool:
    """Whether no fact can make both true."""
    return not any(holds(one, view) and holds(other, view) for view in views_of(one, other))


def views_of(*conditions: Predicate) -> Iterator[View]:
    """Every distinguishable fact: each name with nothing, each value mentioned, and one that is not mentioned."""
    mentioned: dict[str, set[str]] = {}
    for leaf in chain.from_iterable(leaves_of(condition) for condition in conditions):
        mentioned.setdefault(leaf.name, set()).update(leaf.names)
    choices = [[(name, values) for values in _choices(name, mentioned[name])] for name in sorted(mentioned)]
    for chosen in product(*choices):
        yield dict(chosen)


def _choices(name: str, mentioned: set[str]) -> list[frozenset[str]]:
    if name in _MANY:
        sizes = range(len(mentioned) + 1)
        return [frozenset(some) for size in sizes for some in combinations(sorted(mentioned), size)]
    other = sorted(set(NAMES[name]) - mentioned)[:1]
    return [frozenset(), *(frozenset({value}) for value in sorted(mentioned) + other)]
