"""Routing steps 8 and 9 with the chain rule between: what fires becomes a new task, joins one, or is held back."""

from dataclasses import dataclass, field

from shared.playbook.routing.arrow_matches import Match
from shared.playbook.routing.multiplicity import FEEDBACK_OWNER
from shared.playbook.routing.situation import Situation
from shared.playbook.types import Because, Decision, Hop, MergeKey, NewRecord, OpenRecord, Outcome, class_key

OWNER_DECISION = "OWNER-DECISION"


@dataclass(slots=True)
class Settlement:
    """Turns firings into decisions, in the order they are given."""

    situation: Situation
    _open: dict[MergeKey, OpenRecord] = field(default_factory=dict)
    _asked: set[MergeKey] = field(default_factory=set)

    def __post_init__(self) -> None:
        case = self.situation.case
        for record in case.open_records if case else ():
            self._open.setdefault(_key_of(record), record)

    def settle(self, matches: list[Match]) -> list[Decision]:
        """One decision per firing; of those that fire, one class becomes one record."""
        classes: dict[MergeKey, list[Match]] = {}
        for match in matches:
            if match.verdict == "fires":
                classes.setdefault(_class_of(match), []).append(match)
        settled: dict[int, Decision] = {}
        for key, members in classes.items():
            for member, decision in zip(members, self._settle_class(key, members), strict=True):
                settled[id(member)] = decision
        return [settled.get(id(match)) or self._unfired(match) for match in matches]

    def _settle_class(self, key: MergeKey, members: list[Match]) -> list[Decision]:
        existing = self._open.get(key)
        if existing is not None:
            because = Because("joins_open_record", {"entry": existing.entry})
            return [self._decide(m, "merged", because, key, merges_into=existing.task_id) for m in members]
        first = min(members, key=_catalogue_order)
        if first.kind == "deliver" and first.to_role in self._held_by():
            because = Because("already_with", {"role": first.to_role})
            return [self._decide(member, "already_with", because, key) for member in members]
        if first.kind == "deliver" and self._gave_back(first):
            return [self._ask_owner(member, first) for member in members]
        return [self._create(member, first, members, key) for member in members]

    def _create(self, member: Match, first: Match, members: list[Match], key: MergeKey) -> Decision:
        if member is not first:
            because = Because("same_class_of_event", {"entry": _entry_id(first)})
            return self._decide(member, "merged", because, key, merges_entry=_entry_id(first))
        mirrors = dict.fromkeys(_entry_id(m) for m in sorted(members, key=_catalogue_order))
        mirrors.pop(_entry_id(first))
        record = NewRecord(
            _entry_id(first), first.kind, first.mode, first.matter, first.from_role, first.to_role, tuple(mirrors)
        )
        return self._decide(first, "created", first.because, key, record=record)

    def _ask_owner(self, member: Match, first: Match) -> Decision:
        key = class_key(first.matter, "deliver", self.situation.observer, FEEDBACK_OWNER)
        because = Because("gave_it_back", {"role": first.to_role})
        existing = self._open.get(key)
        if existing is not None:
            return self._decide(member, "owner_decision", because, key, merges_into=existing.task_id)
        if key in self._asked:
            return self._decide(member, "owner_decision", because, key, merges_entry=OWNER_DECISION)
        self._asked.add(key)
        record = NewRecord(
            entry=OWNER_DECISION,
            kind="deliver",
            mode="owner_decision",
            matter=first.matter,
            from_role=self.situation.observer,
            to_role=FEEDBACK_OWNER,
            hops=self._hops(first.matter),
        )
        return self._decide(member, "owner_decision", because, key, record=record)

    def _unfired(self, match: Match) -> Decision:
        outcome: Outcome = "none" if match.verdict == "fires" else match.verdict
        return self._decide(match, outcome, match.because, None)

    def _decide(
        self,
        match: Match,
        outcome: Outcome,
        because: Because,
        key: MergeKey | None,
        record: NewRecord | None = None,
        merges_into: str | None = None,
        merges_entry: str | None = None,
    ) -> Decision:
        return Decision(
            occurrence=match.occurrence,
            entry=match.entry.entry_id if match.entry else None,
            outcome=outcome,
            because=because,
            activity=match.activity,
            conditions=match.conditions,
            source=match.source,
            playbook_version=self.situation.playbook.version,
            to_role=match.to_role or None,
            record=record,
            key=key,
            merges_into=merges_into,
            merges_entry=merges_entry,
        )

    def _held_by(self) -> frozenset[str]:
        chain = self.situation.chain
        if chain is None:
            return frozenset()
        return frozenset({self.situation.first_observer, chain.giver, *chain.earlier_givers})

    def _gave_back(self, match: Match) -> bool:
        return any(hop.role == match.to_role for hop in self._hops(match.matter))

    def _hops(self, matter: str) -> tuple[Hop, ...]:
        case = self.situation.case
        return tuple(hop for hop in case.returned_matters if hop.matter == matter) if case else ()


def _key_of(record: OpenRecord) -> MergeKey:
    return class_key(
        record.matter,
        record.kind,
        record.from_role,
        record.to_role,
        manual=record.manual,
        named_person=record.named_person,
    )


def _class_of(match: Match) -> MergeKey:
    return class_key(match.matter, match.kind, match.from_role, match.to_role)


def _entry_id(match: Match) -> str:
    return match.entry.entry_id if match.entry else ""


def _catalogue_order(match: Match) -> int:
    return match.entry.order if match.entry else 0
