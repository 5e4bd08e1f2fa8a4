"""Rebuilds what was decided from what was stored, and says where the two differ. Nothing here writes.

`check_case` is pure: a case's history goes in, differences come out. `verify` reads every history in one snapshot.
"""

from shared.verification.checking import check_case, check_lone_routing
from shared.verification.findings import Difference, Verdict
from shared.verification.history import CaseHistory, Dealership, RoutedEvent, TaskStep
from shared.verification.walking import Scope, verify

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
