"""The groups of routes, in a sentence each."""

from collections.abc import Mapping
from typing import Final

TAGS: Final[Mapping[str, str]] = {
    "callbacks": "What the providers of messages report, and what customers write back.",
    "cases": "A customer's matters: their tasks, clocks, promises and contacts.",
    "clock": "The domain's time.",
    "clocks": "How time rules are kept: running clocks, their histories, figures.",
    "contacts": "What was said to or by customers.",
    "dead letters": "Records that could not be handled.",
    "dealers": "Dealers and their hours.",
    "events": "What happens to customers, as the dealer's systems tell it.",
    "feeds": "Changes as they come, by Server-Sent Events.",
    "handoffs": "What people hand over by themselves, and what is suggested to them.",
    "journeys": "A customer's steps, with all that came of them.",
    "keys": "Who may call, for which dealers, with which scopes.",
    "messages": "A person's words to a customer, and how messages are worded.",
    "notifications": "What was sent to whom, by what, and why so.",
    "playbook": "Who gets what: the entries, and what an event would come to.",
    "promises": "What customers were promised, and how it was kept.",
    "quality": "How customers were treated.",
    "reference data": "Staff, customers, vehicles, appointments and orders.",
    "sessions": "Browsers and persons: cookies, tickets, who the caller is.",
    "tasks": "What is to be done, and what people do with it.",
    "timelines": "Everything that happened to a case or a task, in order.",
    "unsubscribe": "A customer's own choices, behind a link in a message.",
    "vocabulary": "The words of this contract, in the reader's language.",
}
"""By name of the tag."""
