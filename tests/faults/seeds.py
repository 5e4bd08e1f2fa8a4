"""The chances of a run: fixed ones, or those that are named. A failing test has its seed in its name."""

import os
from collections.abc import Iterator


def named_seeds(named: str) -> list[int]:
    """Numbers and ranges with both their ends, as in `3 17 20-29`, each once. Raises ValueError for anything else."""
    return list(dict.fromkeys(seed for word in named.split() for seed in _seeds_of(word)))


def _seeds_of(word: str) -> Iterator[int]:
    first, _, last = word.partition("-")
    yield from range(int(first), int(last or first) + 1)


SEEDS = named_seeds(os.environ.get("HANDOFF_TRIAL_SEEDS", "") or "20261122")
"""Of the long trials: `make trials seeds="6 7"`."""

ROUNDS = named_seeds(os.environ.get("HANDOFF_CHAOS_SEEDS", "") or "1 2")
"""Of the short rounds: `make chaos seeds="1-200"`."""
