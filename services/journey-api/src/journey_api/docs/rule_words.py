"""The time rules as callers read them: target, default, and in words of the contract what starts and stops a clock."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.sla.policy.rules import rule_documents


def show_rules(name: Callable[[str, str], str]) -> list[dict[str, Any]]:
    """The 48 rules in order; `parameter`: the documents state no duration, the default is ours."""
    return [_rule(rule, document, name("time_rules", rule)) for rule, document in rule_documents().items()]


def _rule(rule: str, document: Mapping[str, Any], name: str) -> dict[str, Any]:
    target = document["of_target"]
    starts = [part["start"] for part in (document, target) if "start" in part]
    stops = [part["stop"] for part in (document, target) if "stop" in part]
    trigger = [trigger_words(document["trigger"])] if "trigger" in document else []
    return {
        "rule": rule,
        "name": name,
        "target": document.get("target"),
        "default": _duration(document.get("duration")),
        "start": _either([*trigger, *map(condition_words, starts)]),
        "stop": _either(list(map(condition_words, stops))),
        "parameter": bool(document.get("parameter")),
    }


def condition_words(condition: Any) -> str:
    """A condition in one line: names with the values any of which will do, joined by `and`, `or`, `not`."""
    parts = []
    for key, value in condition.items():
        if key == "any":
            parts.append("(" + " or ".join(condition_words(one) for one in value) + ")")
        elif key == "not":
            parts.append(f"not ({condition_words(value)})")
        else:
            parts.append(f"{key}: {_values(value)}")
    return " and ".join(parts)


def trigger_words(trigger: Mapping[str, Any]) -> str:
    """What sets a rule off that follows a record, in one line."""
    return ", ".join(f"{key}: {_values(value)}" for key, value in trigger.items())


def duration_words(default: str | Mapping[str, Any] | None) -> str:
    """A default as pages show it: `PT4H`, or `2 days, by closing time`."""
    if not isinstance(default, Mapping):
        return default or ""
    days, by = default["days"], default.get("by")
    words = "1 day" if days == 1 else f"{days} days"
    return f"{words}, by {'closing time' if by == 'closing' else by}" if by else words


def _values(value: Any) -> str:
    return " | ".join(map(str, value)) if isinstance(value, list) else str(value)


def _either(parts: list[str]) -> str | None:
    return " or ".join(parts) or None


def _duration(written: Any) -> Any:
    return dict(written) if isinstance(written, Mapping) else written
