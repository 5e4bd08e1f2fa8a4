"""`docs/time-rules.md`, made from the time rules and their names."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from journey_api.docs.rule_words import duration_words, show_rules
from shared.languages.registry import DEFAULT_LANGUAGE
from shared.playbook.ruleset.entries import Playbook
from shared.sla.policy.rules import load_rules, rule_documents

_HEAD: Final = """# Time rules

The 48 rules of time, each with the lines it comes from. This page is made by `make docs` from the rules as they run;
their names in other languages are in `GET /v1/vocabulary`.

*Default* is the duration where a dealer's `sla` says nothing (`PUT /v1/dealers/{dealer_id}`, `{"sla": {"T-29":
{"duration": "P45D"}}}`); *ours* marks one that no document states. A rule without a parameter has no duration to set;
what is listed for the same day may be given another limit (`PT4H`, `{"days": 1}`).
Days and months are the dealer's calendar days; hours and minutes of a clock are open time unless the rule says
`calendar: none`. A rule that counts from a date takes whole days, weeks, months or years (`P45D`, not `PT48H`), one
that counts from an appointment also hours; `{"days": 2, "by": "16:00"}` is for clocks and for what counts from an
event of a case.

A clock runs in the hours of the role that answers for it when it starts. Where another role comes to answer for its
case, `"on_change"` beside the duration of a case's clock says what becomes of it: `keep` its hours and its deadline (so
without it), `restart` from there on in the hours of that role, or `retroactive`, worked out as if that role had always
answered for it. A breached clock keeps its deadline. Nothing here depends on the priority, and a dealer is one site.

What hangs on a date acts at the opening of the dealer's day, in its zone: on a closed day at the next opening, or,
where something of a later day is prepared, at the last one before. A card is for its day, open or closed. A duration
of hours before an appointment is exact. A date that was past when its record arrived, or became so by a change, is
acted on once if it is at most 30 days old. A changed or deleted record, and a dealer's changed hours or durations,
move or withdraw what was scheduled; announced hours count from their `effective_from` on. Imported history
schedules nothing.

A *contact* is what the customer said, and what a person said that reached the customer; what Handoff sends by itself
is none. A vehicle's rule that a contact makes needless looks back over its own duration. Who was never contacted
counts from the beginning of the profile. What becomes an event has the `source` `/handoff/timers`, and rule, subject
and date as its `id`; the playbook routes it like any other.
"""
_COLUMNS: Final = ("rule", "what", "source", "subject", "start", "stop", "default", "dealer parameter", "how it is met")
_HOW: Final[Mapping[str, str]] = {
    "clock": "clock ({target}) of the {subject}",
    "gate": "gate: {subject}s are held back by it",
    "checklist": "checklist on the task: what is missing shows in its packet until it is done",
    "measure": "measured",
    "reminder": "reminder to {to}",
    "message": "message `{message}`, else a letter",
    "emits": "event",
}
_OWNER: Final = "the customer owner"
_OWN: Final[Mapping[str, str]] = {
    "T-01": "measured only where a telephone system posts both signals, `phone_ringing` and `phone_answered`",
    "T-07": "gate on completing the repair task; a completion that is forced is recorded and reported",
    "T-18": "gate on every marketing message and card, what people write on tasks of T-11, T-12 and T-17 among them,"
    " until a later positive feedback or the case is closed satisfied",
    "T-45": "the salesperson who last served the customer gets each change of the case's tasks: in the task feed under"
    " `mine=true`, and as the message `CHANGED` (bundled, on shift)",
    "T-43": "every template greets formally; the texts are checked when they are built and when a dealer changes them",
}
"""How those are met whose effect does not say it."""


def time_rules_page(playbook: Playbook) -> str:
    """The page, in Markdown."""
    documents = rule_documents()
    words = show_rules(lambda section, name: playbook.texts.find(section, name, DEFAULT_LANGUAGE) or name)
    rows = [_row(documents[shown["rule"]], shown) for shown in words]
    lines = [_COLUMNS, ("---",) * len(_COLUMNS), *rows]
    return _HEAD + "\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _row(document: Mapping[str, Any], shown: Mapping[str, Any]) -> tuple[str, ...]:
    length = duration_words(shown["default"])
    limit = next((name.replace("_", " ") for name in ("same_day", "same_contact") if document.get(name)), "")
    cells = (
        shown["rule"],
        document["what"],
        document["source"],
        document["subject"],
        _start(document, shown),
        _stop(document, shown),
        f"{length} (ours)" if length and shown["parameter"] else length or limit,
        f"`sla.{shown['rule']}`" if load_rules()[shown["rule"]].may_be_timed else "",
        "; ".join(_how(shown["rule"], document)),
    )
    return tuple(str(cell or "").replace("|", "\\|") for cell in cells)


def _start(document: Mapping[str, Any], shown: Mapping[str, Any]) -> str:
    trigger = document.get("trigger")
    if not trigger:
        return shown["start"] or ("each message" if document["subject"] == "message" else "each offer to a person")
    field = trigger.get("field") or trigger.get("on_change")
    kinds = f" of kind {' or '.join(trigger['kinds'])}" if "kinds" in trigger else ""
    parts = [f"{field} of the {trigger['record']}{kinds}", *_conditions(trigger)]
    return ", ".join(parts)


def _conditions(trigger: Mapping[str, Any]) -> Iterator[str]:
    if "shift" in trigger:
        yield f"{trigger['shift']} it by the duration"
    if "every" in trigger:
        yield "again and again by the duration" if trigger["every"] == "duration" else f"every {trigger['every']}"
    if "field" in trigger and "on_change" in trigger:
        yield f"and when {trigger['on_change']} changes"
    if "where" in trigger:
        yield f"where {trigger['where'].replace('_', ' ')}"


def _stop(document: Mapping[str, Any], shown: Mapping[str, Any]) -> str:
    until = (document.get("trigger") or {}).get("until")
    return " or ".join(filter(None, (until and until.replace("_", " "), shown["stop"])))


def _how(rule: str, document: Mapping[str, Any]) -> Iterator[str]:
    named = {"target": document.get("target"), "subject": document["subject"], "message": document.get("message")}
    yield _OWN.get(rule) or _HOW[document["effect"]].format(**named, to=" or else ".join(document.get("to", [_OWNER])))
    for emitted in document.get("emits", ()):
        kinds = f" ({', '.join(emitted['kinds'])})" if "kinds" in emitted else ""
        step = f", step {emitted['step']}" if "step" in emitted else ""
        yield f"`{emitted['occurrence']}` seen by {emitted['observer']}{step}{kinds}"
    if "message" in document and document["effect"] != "message":
        yield f"message `{document['message']}`"
    if document["effect"] == "emits" and "to" in document:
        yield f"a reminder to {' and '.join(document['to'])}"
    if "warning" in document:
        yield f"a reminder at {document['warning']}"
    if "window" in document:
        yield f"for {document['window']}"
    if "never_with" in document:
        yield f"never beside {', '.join(document['never_with'])}"
    if document.get("marketing") and document["effect"] == "emits":
        yield "purpose marketing"
