"""What lists of tasks and cases are cut and ordered by, written out as their indexes have it.

With parameters it would be another expression, which no index has.
"""

from typing import Final

from shared.db.schema.columns import in_list
from shared.vocabulary import TERMINAL_STATUSES

KNOWN_CASE: Final = "status <> 'reserved'"
"""That there is such a case for anybody: an event that is not routed yet only reserves it."""

ENDED_TASK: Final = f"(status in ({in_list(TERMINAL_STATUSES)}))"

TASK_DUE: Final = "(case when due_at is null then timestamptz '9999-12-31 00:00:00+00' else due_at end)"
"""Where a task stands by its due time: without one after all others.

Not `coalesce`, of which PostgreSQL does not know that it tells nothing of rows that row-level security hides, so that
no index would find what it is compared with.
"""
