"""Loads the playbook's data files and compiles them to an index by (observer, occurrence)."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from shared.conditions import parse_predicate
from shared.playbook.ruleset.checks import lint_playbook
from shared.playbook.ruleset.conditions import READABLE, Condition
from shared.playbook.ruleset.defaults import parse_rulings
from shared.playbook.ruleset.entries import Activity, Entry, Family, Journey, Playbook
from shared.playbook.ruleset.texts import Texts

HALO: Final = Path(__file__).parent.parent / "halo"
PAGE_FILES: Final = ("sales_manager.yaml", "salesperson.yaml", "service_advisor.yaml")
DATA_FILES: Final = ("journey.yaml", "conditions.yaml", *PAGE_FILES, "entries.yaml", "rulings.yaml")


class InvalidPlaybook(ValueError):
    """The data files contradict themselves or the vocabulary; `problems` says how, one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def load_playbook(folder: Path = HALO) -> Playbook:
    """The validated playbook; raises `InvalidPlaybook`. Takes a moment: the caller keeps the result."""
    try:
        playbook = compile_playbook(folder)
    except (KeyError, TypeError, ValueError) as problem:
        raise InvalidPlaybook([f"{type(problem).__name__}: {problem}"]) from problem
    problems = lint_playbook(playbook)
    if problems:
        raise InvalidPlaybook(problems)
    return playbook


playbook: Final = cache(load_playbook)
"""The playbook whose words tasks are shown in; read once."""


def compile_playbook(folder: Path = HALO) -> Playbook:
    """The playbook of a folder as it stands, not linted."""
    documents = {name: _read(folder / name) for name in DATA_FILES}
    activities = tuple(_activities(documents))
    others = tuple(_others(documents["entries.yaml"], activities))
    entries = {entry.entry_id: entry for activity in activities for entry in activity.arrows}
    entries |= {entry.entry_id: entry for entry in others}
    return Playbook(
        version=_version(folder, documents["journey.yaml"]["version"]),
        journey=_journey(documents["journey.yaml"]),
        activities=activities,
        index=_index(activities),
        implied_index=_implied_index(others),
        entries=entries,
        conditions={row["id"]: _condition(row) for row in documents["conditions.yaml"]["conditions"]},
        rulings=parse_rulings(documents["rulings.yaml"]),
        texts=Texts(),
    )


def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return document


def _version(folder: Path, declared: str) -> str:
    digest = hashlib.sha256(b"".join((folder / name).read_bytes() for name in DATA_FILES))
    return f"{declared}+{digest.hexdigest()[:12]}"


def _journey(document: Mapping[str, Any]) -> Journey:
    steps, phases, roles = document["steps"], document["phases"], document["roles"]
    return Journey(
        steps={row["number"]: row["id"] for row in steps},
        step_phases={row["number"]: row["phase"] for row in steps},
        phases=tuple(row["id"] for row in phases),
        roles=tuple(row["id"] for row in roles),
        roles_with_page=frozenset(row["id"] for row in roles if row["has_page"]),
        sources={row["id"]: row["source"] for row in (*steps, *phases, *roles) if "source" in row},
    )


def _condition(row: Mapping[str, Any]) -> Condition:
    return Condition(row["id"], row["source"], parse_predicate(row["when"], READABLE))


def _activities(documents: Mapping[str, Mapping[str, Any]]) -> Iterator[Activity]:
    order = 0
    for name in PAGE_FILES:
        role = documents[name]["role"]
        for page in documents[name]["pages"]:
            for row in page["activities"]:
                yield _activity(role, page, row, order)
                order += len(row["arrows"])


def _activity(role: str, page: Mapping[str, Any], row: Mapping[str, Any], order: int) -> Activity:
    return Activity(
        activity_id=row["id"],
        role=role,
        page=page["id"],
        phase=page["phase"],
        occurrence=row["occurrence"],
        granularity=row["granularity"],
        halo_steps=tuple(row["halo_steps"]),
        source=row["source"],
        condition=row.get("condition"),
        arrows=tuple(_arrow(role, page, row, arrow, order + place) for place, arrow in enumerate(row["arrows"])),
    )


def _arrow(role: str, page: Mapping[str, Any], row: Mapping[str, Any], arrow: Mapping[str, Any], order: int) -> Entry:
    conditions = (row.get("condition"), arrow.get("condition"))
    return Entry(
        entry_id=arrow["id"],
        family="arrow",
        order=order,
        kind=arrow["kind"],
        mode=arrow["mode"],
        from_roles=(role,),
        to_roles=(arrow["to_role"],),
        activation=arrow.get("activation", "automatic"),
        multiplicity=arrow.get("multiplicity", "all"),
        conditions=tuple(dict.fromkeys(name for name in conditions if name)),
        activity=row["id"],
        occurrence=row["occurrence"],
        halo_steps=tuple(row["halo_steps"]),
        phase=page["phase"],
        granularity=row["granularity"],
        source=arrow["source"],
        line=arrow["line"],
    )


def _others(document: Mapping[str, Any], activities: tuple[Activity, ...]) -> Iterator[Entry]:
    by_id = {activity.activity_id: activity for activity in activities}
    order = sum(len(activity.arrows) for activity in activities)
    families: tuple[Family, ...] = ("implied", "fallback", "followup")
    for family in families:
        for row in document[family]:
            yield _other(family, row, by_id.get(row.get("activity")), order)
            order += 1


def _other(family: Family, row: Mapping[str, Any], activity: Activity | None, order: int) -> Entry:
    return Entry(
        entry_id=row["id"],
        family=family,
        order=order,
        kind=row.get("kind"),
        mode=row.get("mode"),
        from_roles=tuple(row.get("from_roles", ())),
        to_roles=tuple(row.get("to_roles", ())),
        conditions=(row["condition"],) if "condition" in row else (),
        activity=row.get("activity"),
        occurrence=activity.occurrence if activity else row.get("occurrence"),
        halo_steps=activity.halo_steps if activity else (),
        phase=activity.phase if activity else None,
        granularity=activity.granularity if activity else None,
        source=row.get("source"),
        restates=tuple(row.get("restates", ())),
        gate=row.get("gate"),
    )


def _index(activities: tuple[Activity, ...]) -> dict[tuple[str, str], tuple[Activity, ...]]:
    index: dict[tuple[str, str], list[Activity]] = defaultdict(list)
    for activity in activities:
        index[activity.role, activity.occurrence].append(activity)
    return {key: tuple(found) for key, found in index.items()}


def _implied_index(others: tuple[Entry, ...]) -> dict[tuple[str, str], Entry]:
    return {
        (role, entry.occurrence): entry
        for entry in others
        if entry.family == "implied" and entry.occurrence
        for role in entry.from_roles
    }
