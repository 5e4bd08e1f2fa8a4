"""The time rules whose dates become something by themselves."""

from collections.abc import Mapping
from typing import Final

from handoff_worker.triggers.signals import fire_season
from handoff_worker.triggers.turns import Trigger

TRIGGERS: Final[Mapping[str, Trigger]] = {"T-17": Trigger(fire_season)}
"""By the rule that a row of `timer_due` names."""
