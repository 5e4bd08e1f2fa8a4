"""How the clocks of a period were kept, grouped by one or two things."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from babel.dates import format_date
from sqlalchemy import Date, RowMapping, Select, Text, and_, cast, func, literal_column, null, select
from sqlalchemy.ext.asyncio import AsyncConnection

from journey_api.http.periods import Period
from journey_api.reports.clock_report import is_breached
from shared.db.schema import dealer, sla_timer, staff, task
from shared.playbook.routing.explanation import entry_title
from shared.playbook.ruleset.entries import Playbook

By = Literal["dealer", "role", "person", "target", "rule", "day", "entry"]
MOST_KEYS: Final = 2

_ZONE: Final = dealer.c.record["time_zone"].astext
_KEYS: Final[Mapping[By, Any]] = {
    "dealer": sla_timer.c.dealer_id,
    "role": sla_timer.c.owner_role,
    "person": sla_timer.c.owner_staff_id,
    "target": sla_timer.c.target,
    "rule": sla_timer.c.rule,
    "day": cast(func.timezone(cast(_ZONE, Text), sla_timer.c.due_at), Date),
    "entry": task.c.entry,
}
_NAMES: Final[Mapping[By, Any]] = {"dealer": dealer.c.record["name"].astext, "person": staff.c.record["name"].astext}
"""Names that stand in the tables; those of the others are words of the language."""

_SECTIONS: Final[Mapping[By, str]] = {"role": "roles", "target": "target_names", "rule": "time_rules"}
_OF_ONE_DEALER: Final = frozenset({"dealer", "person"})
"""Whose ids mean something at one dealer only: two dealers' are never counted together."""


async def summarise(
    connection: AsyncConnection,
    dealer_id: str | None,
    period: Period,
    by: Sequence[By],
    now: datetime,
    target: str | None = None,
) -> list[RowMapping]:
    """The rows of `summary_query`, each with `key0`, `name0` and, grouped by two, `key1`, `name1`."""
    return list((await connection.execute(summary_query(dealer_id, period, by, now, target))).mappings())


def summary_query(
    dealer_id: str | None, period: Period, by: Sequence[By], now: datetime, target: str | None = None
) -> Select[Any]:
    """Clocks due in the period by one or two keys: started, met, breached, running, and the time the met ones took.

    A breached clock that still runs counts as breached. `p50` and `p90` are business time. Keys are null for what has
    no person or entry; a day is the dealer's.
    """
    columns = sla_timer.c
    breached = is_breached(now)
    keys = [_KEYS[one].label(f"key{place}") for place, one in enumerate(by)]
    names = [_NAMES.get(one, cast(null(), Text)).label(f"name{place}") for place, one in enumerate(by)]
    apart = [columns.dealer_id] if not _OF_ONE_DEALER.isdisjoint(by) else []
    took = [
        func.percentile_cont(q).within_group(columns.consumed).filter(columns.state == "completed") for q in (0.5, 0.9)
    ]
    counts = (
        func.count().label("started"),
        func.count().filter(columns.state == "completed", ~breached).label("met"),
        func.count().filter(breached).label("breached"),
        func.count().filter(columns.state.in_(("running", "paused")), ~breached).label("running"),
        took[0].label("p50"),
        took[1].label("p90"),
    )
    places = range(len(by))
    # by the names of the output: an expression with parameters would be another one in `group by`
    grouped: list[Any] = [literal_column(f"{part}{place}") for place in places for part in ("key", "name")]
    ordered: list[Any] = [literal_column(f"key{place}").asc().nulls_last() for place in places]
    where = [] if dealer_id is None else [columns.dealer_id == dealer_id]
    where += [] if target is None else [columns.target == target]
    return (
        select(*keys, *names, *(one.label("dealer_id") for one in apart), *counts)
        .select_from(_joined(by))
        .where(*where, *period.clauses(columns.due_at, _ZONE))
        .group_by(*grouped, *apart)
        .order_by(*ordered, *apart)
    )


def _joined(by: Sequence[By]) -> Any:
    columns = sla_timer.c
    joined = sla_timer.join(dealer, dealer.c.dealer_id == columns.dealer_id)
    if "entry" in by:
        joined = joined.outerjoin(task, task.c.task_id == columns.task_id)
    if "person" in by:
        own = and_(staff.c.dealer_id == columns.dealer_id, staff.c.staff_id == columns.owner_staff_id)
        joined = joined.outerjoin(staff, own)
    return joined


def summary_item(row: RowMapping, by: Sequence[By], playbook: Playbook, language: str) -> dict[str, Any]:
    """A row as the API shows it; with two keys `key` and `name` are arrays in the order asked.

    `attainment` is met of met and breached, None without any.
    """
    keys = [_shown(row[f"key{place}"]) for place in range(len(by))]
    names = [_name(one, row[f"key{place}"], row[f"name{place}"], playbook, language) for place, one in enumerate(by)]
    judged = row["met"] + row["breached"]
    return {
        "key": keys if len(by) > 1 else keys[0],
        "name": names if len(by) > 1 else names[0],
        "dealer_id": row.get("dealer_id"),
        "started": row["started"],
        "met": row["met"],
        "breached": row["breached"],
        "running": row["running"],
        "attainment": round(row["met"] / judged, 4) if judged else None,
        "p50": _seconds(row["p50"]),
        "p90": _seconds(row["p90"]),
    }


def _shown(key: Any) -> str | None:
    return key.isoformat() if isinstance(key, date) else key


def _name(by: By, key: Any, known: str | None, playbook: Playbook, language: str) -> str | None:
    if key is None:
        return None
    if isinstance(key, date):
        return format_date(key, "long", locale=language)
    if by == "entry":
        return entry_title(playbook, key, language)
    return known or (playbook.texts.text(_SECTIONS[by], key, language) if by in _SECTIONS else key)


def _seconds(took: timedelta | None) -> timedelta | None:
    return None if took is None else timedelta(seconds=int(took.total_seconds()))
