"""Rebuilds what was decided from what was stored, and says where the two differ. Nothing here writes.

`check_case` is pure: a case's history goes in, differences come out. `verify` reads every history in one snapshot.
"""

from handoff_local.verify.case_history import CaseHistory, Dealership, RoutedEvent, TaskStep
from handoff_local.verify.check_case import check_case, check_lone_routing
from handoff_local.verify.findings import Difference, Verdict
from handoff_local.verify.run import Scope, verify

__all__ = [
    "CaseHistory",
    "Dealership",
    "Difference",
    "RoutedEvent",
    "Scope",
    "TaskStep",
    "Verdict",
    "check_case",
    "check_lone_routing",
    "verify",
]
