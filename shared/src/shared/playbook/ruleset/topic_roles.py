"""Who gets a topic that no page of the observer prints, where a dealer names another role than the playbook."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shared.faults import Fault, Wrong
from shared.json_pointer import json_pointer
from shared.playbook.ruleset.defaults import TopicRow
from shared.playbook.ruleset.entries import Playbook


@dataclass(frozen=True, slots=True)
class Receiver:
    """Topics of a printed row and who gets them; the entry and its matter stay those of the row."""

    row: TopicRow
    to_role: str
    topics: frozenset[str]

    @property
    def printed(self) -> bool:
        """Whether it is the role that the playbook names."""
        return self.to_role == self.row.to_role


def validate_topic_roles(given: Mapping[str, str], playbook: Playbook) -> list[Fault]:
    """What is wrong with a dealer's `topic_roles`, pointers relative to it: topics that no row has."""
    rows = playbook.rulings.implied.by_topic
    known = frozenset[str]().union(*(row.topics for row in rows))
    entries = " or ".join(dict.fromkeys(row.entry for row in rows))
    return [
        Wrong("topic_without_row", f"No row of {entries} has this topic", (("entries", entries),)).at(
            json_pointer([topic])
        )
        for topic in given
        if topic not in known
    ]


def receivers(playbook: Playbook, topic_roles: Mapping[str, str]) -> Iterator[Receiver]:
    """The rows of the playbook in their order, each divided by the roles that a dealer names for its topics."""
    for row in playbook.rulings.implied.by_topic:
        roles = {topic: topic_roles.get(topic, row.to_role) for topic in row.topics}
        for role in dict.fromkeys((row.to_role, *(roles[topic] for topic in sorted(roles)))):
            if topics := frozenset(topic for topic, found in roles.items() if found == role):
                yield Receiver(row, role, topics)
