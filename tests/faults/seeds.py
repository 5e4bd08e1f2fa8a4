"""The chances of a run: a fixed one, or those that `make chaos` names. A failing test has its seed in its name."""

import os

SEEDS = [int(seed) for seed in os.environ.get("HANDOFF_CHAOS_SEEDS", "20261122").split()]
