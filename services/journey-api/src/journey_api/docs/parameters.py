"""What the parameters of routes mean, in words for OpenAPI: a name means the same on every route."""

from collections.abc import Mapping
from typing import Any, Final

WORDS: Final[Mapping[str, str]] = {
    "Last-Event-ID": "The cursor of the last record that was handled: the feed goes on after it.",
    "action": "What is done: accept, decline, acknowledge, wait, resume, complete, reassign or cancel.",
    "assignee_id": "Held by this person.",
    "breached": "Whether its due second passed while it ran.",
    "by": "What the figures are grouped by.",
    "calendar": "The name of the dealer's calendar.",
    "case_id": "The case.",
    "channel": "By this channel.",
    "cursor": "Where the page or feed goes on: `next_cursor` or `feed_cursor` of an answer.",
    "customer_id": "The customer.",
    "date": "A day to accept; several may be given.",
    "dead_letter_id": "The dead letter.",
    "dealer_id": "The dealer.",
    "dry_run": "Check everything, and store nothing.",
    "due_after": "Due at this instant or later.",
    "due_before": "Due before this instant.",
    "entry": "An entry of the playbook.",
    "event_id": "The event.",
    "format": "`csv`: all rows as a file, as with `Accept: text/csv`.",
    "from": "From this instant on, or from this day on, in the dealer's zone.",
    "hub.challenge": "What is answered when the token is right.",
    "hub.mode": "`subscribe`.",
    "hub.verify_token": "The token that was agreed on.",
    "id": "The record's id.",
    "If-Match": "Only if the record has this version, as its `ETag` says; else 412.",
    "key_id": "The key.",
    "kind": "Of this kind.",
    "limit": "How many items a page holds at most; it ends sooner with the item that makes it 2 MiB long.",
    "message": "Of this kind of message.",
    "moment_id": "The moment of truth.",
    "name": "What it is called.",
    "offered_to": "Offered to this person.",
    "owner": "Answered for by this person.",
    "owner_role": "Answered for by this role.",
    "promise_id": "The promise.",
    "query": "Ids, names, addresses, plates and VINs that hold these words.",
    "role": "The receiving role.",
    "rule": "A time rule, as `T-03`.",
    "sort": "The order of the items.",
    "source": "The system that posted it.",
    "staff_id": "The member of staff.",
    "state": "In this state.",
    "status": "With this status.",
    "target": "What is promised: a target of time rules.",
    "task_id": "The task.",
    "timer_id": "The clock.",
    "to": "Up to this instant, or to the end of this day, in the dealer's zone.",
    "token": "What the link in a message holds.",
    "vin": "The vehicle's VIN, in any spelling.",
    "year": "The year.",
}


def describe_parameters(operation: dict[str, Any]) -> None:
    """Give each parameter that says nothing of itself its words, where there are any."""
    for parameter in operation.get("parameters", ()):
        if not parameter.get("description") and parameter["name"] in WORDS:
            parameter["description"] = WORDS[parameter["name"]]
