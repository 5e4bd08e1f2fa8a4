"""Checks a compiled playbook: nothing unknown, nothing unreachable, nothing without its text or citation."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from shared import vocabulary
from shared.languages.registry import language_codes
from shared.playbook.fact_types import FACT_KINDS
from shared.playbook.ruleset.entries import Entry, Playbook
from shared.playbook.ruleset.texts import REASONS
from shared.playbook.types import class_key

CITATION: Final = re.compile(r"00[0-4]:\d+(-\d+)?(,\d+(-\d+)?)*")
COUNTS: Final = {
    "arrows": 209,
    "automatic": 172,
    "manual": 37,
    "deliver": 53,
    "interact": 156,
    "activities": 117,
    "occurrences": 81,
    "conditions": 24,
    "steps": 20,
    "phases": 9,
    "roles": 14,
}


def lint_playbook(playbook: Playbook) -> list[str]:
    """Everything that is wrong, one line each; empty when the playbook may be used."""
    checks = (_counts, _names, _rulings, _reachable, _overlaps, _citations, _texts)
    return [problem for check in checks for problem in check(playbook)]


def count(playbook: Playbook) -> dict[str, int]:
    """How much of everything the playbook holds, by the names of `COUNTS`."""
    arrows = playbook.arrows
    return {
        "arrows": len(arrows),
        "automatic": sum(not arrow.manual for arrow in arrows),
        "manual": sum(arrow.manual for arrow in arrows),
        "deliver": sum(arrow.kind == "deliver" for arrow in arrows),
        "interact": sum(arrow.kind == "interact" for arrow in arrows),
        "activities": len(playbook.activities),
        "occurrences": len({activity.occurrence for activity in playbook.activities}),
        "conditions": len(playbook.conditions),
        "steps": len(playbook.journey.steps),
        "phases": len(playbook.journey.phases),
        "roles": len(playbook.journey.roles),
    }


def _counts(playbook: Playbook) -> Iterator[str]:
    for name, found in count(playbook).items():
        if found != COUNTS[name]:
            yield f"{found} {name} instead of {COUNTS[name]}"


def _names(playbook: Playbook) -> Iterator[str]:
    if dict(playbook.journey.steps) != vocabulary.STEPS or dict(playbook.journey.step_phases) != vocabulary.STEP_PHASE:
        yield "the steps are not those of the vocabulary"
    if playbook.journey.roles_with_page != frozenset(vocabulary.ROLES_WITH_PAGE):
        yield "the roles with a page are not those of the vocabulary"
    for entry in playbook.entries.values():
        where = entry.entry_id
        yield from _unknown(where, "role", (*entry.from_roles, *entry.to_roles), vocabulary.ROLES)
        yield from _unknown(where, "occurrence", filter(None, [entry.occurrence]), vocabulary.OCCURRENCES)
        yield from _unknown(where, "condition", entry.conditions, playbook.conditions)
        yield from _unknown(where, "step", entry.halo_steps, vocabulary.STEPS)
        yield from _unknown(where, "entry", entry.restates, playbook.entries)


def _rulings(playbook: Playbook) -> Iterator[str]:
    rulings = playbook.rulings
    for number, row in enumerate(rulings.inference):
        where = f"inference {number}"
        yield from _unknown(where, "role", row.seen_by, vocabulary.ROLES)
        yield from _unknown(where, "topic", row.topics, vocabulary.TOPICS)
        yield from _unknown(where, "occurrence", row.gives, vocabulary.OCCURRENCES)
        for role in row.seen_by:
            yield from (
                f"{where}: {name} is not printed for {role}"
                for name in row.gives
                if not playbook.activities_of(role, name)
            )
    for topic_row in rulings.implied.by_topic:
        yield from _unknown(topic_row.entry, "topic", topic_row.topics, vocabulary.TOPICS)
    for matter in rulings.matters:
        yield from _unknown(f"matter {matter.matter}", "entry", matter.entries, playbook.entries)
    yield from _unknown("implied", "entry", rulings.implied.by_occurrence, playbook.entries)
    yield from _unknown("implied.stop", "occurrence", rulings.implied.stop, vocabulary.OCCURRENCES)
    yield from _unknown("owners", "entry", rulings.owners.moving, playbook.entries)
    subjects = (*vocabulary.TOPICS, *vocabulary.FEEDBACK_SUBJECTS)
    yield from _unknown("tables.feedback", "subject", rulings.tables.feedback, subjects)
    yield from (
        f"{subject}: tables.feedback names nobody" for subject in subjects if subject not in rulings.tables.feedback
    )
    lifetime = rulings.lifetime
    groups = {path.partition(".")[0] for path in FACT_KINDS}
    yield from _unknown("fact_lifetime", "group", groups, lifetime.event_only | lifetime.kept_on_case)
    for substitution in rulings.substitutions:
        arrows = [arrow for arrow in playbook.arrows if arrow.activity == substitution.activity]
        if not arrows or any(arrow.conditions != (substitution.condition,) for arrow in arrows):
            yield f"{substitution.entry}: {substitution.activity} does not hang on {substitution.condition}"


def _reachable(playbook: Playbook) -> Iterator[str]:
    posted = {activity.occurrence for activity in playbook.activities}
    yield from (f"{name} is no activity's trigger" for name in vocabulary.OCCURRENCES if name not in posted)
    used = {name for entry in playbook.entries.values() for name in entry.conditions}
    yield from (f"{name} is used by no entry" for name in playbook.conditions if name not in used)
    for activity in playbook.activities:
        if activity.arrows and activity.granularity == "data_upkeep":
            yield f"{activity.activity_id}: arrows of data upkeep can never fire"


def _overlaps(playbook: Playbook) -> Iterator[str]:
    """Two arrows of one activity that are one class: the second could never be a record of its own."""
    for activity in playbook.activities:
        classes = Counter(
            class_key(activity.occurrence, arrow.kind or "deliver", arrow.from_role, arrow.to_role, manual=arrow.manual)
            for arrow in activity.arrows
        )
        yield from (f"{activity.activity_id}: two arrows are one record, {key}" for key, n in classes.items() if n > 1)


def _citations(playbook: Playbook) -> Iterator[str]:
    cited: list[tuple[str, str | None]] = [(activity.activity_id, activity.source) for activity in playbook.activities]
    cited += [(condition.condition_id, condition.source) for condition in playbook.conditions.values()]
    for entry in playbook.entries.values():
        cited += [(entry.entry_id, source) for source in _sources(entry)]
    yield from (f"{where}: no citation" for where, source in cited if not CITATION.fullmatch(source or ""))


def _sources(entry: Entry) -> tuple[str | None, ...]:
    if entry.family == "followup":
        return ()
    return (entry.source, entry.line) if entry.is_arrow else (entry.source,)


def _texts(playbook: Playbook) -> Iterator[str]:
    own = (entry for entry in playbook.entries.values() if not entry.is_arrow and entry.kind is not None)
    wanted = {
        "steps": playbook.journey.steps.values(),
        "phases": playbook.journey.phases,
        "delivery_phases": {activity.phase for activity in playbook.activities},
        "roles": vocabulary.ROLES,
        "topics": vocabulary.TOPICS,
        "occurrences": vocabulary.OCCURRENCES,
        "conditions": playbook.conditions,
        "facts": FACT_KINDS,
        "activities": [activity.activity_id for activity in playbook.activities],
        "arrows": [arrow.entry_id for arrow in playbook.arrows],
        "entries": [entry.entry_id for entry in own],
        "modes": {entry.mode for entry in playbook.entries.values() if entry.mode},
        REASONS: {code for language in language_codes() for code in playbook.texts.sections(language)[REASONS]},
    }
    for language in language_codes():
        for section, names in wanted.items():
            missing = (name for name in names if not playbook.texts.find(section, name, language))
            yield from (f"{language}: no text for {section}.{name}" for name in missing)


def _unknown(where: str, what: str, names: Iterable[object], known: Iterable[object]) -> Iterator[str]:
    allowed = frozenset(known)
    yield from (f"{where}: unknown {what} {name}" for name in names if name not in allowed)
