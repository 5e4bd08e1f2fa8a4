"""Alert rules and dashboard: every metric they name is there with its labels, and every alert leads to its page."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from handoff_worker.jobs import auditor, operations_gauges
from journey_api.http import request_log
from shared.process import telemetry

ROOT = Path(__file__).parents[3]
RULES = ROOT / "deploy/prometheus/handoff.rules.yaml"
RULE_TESTS = ROOT / "deploy/prometheus/handoff.rules.test.yaml"
DASHBOARD = ROOT / "deploy/grafana/handoff.json"
REGISTERING = (auditor, operations_gauges, request_log, telemetry)
"""Importing these registers their metrics."""

PROMTOOL = os.environ.get("HANDOFF_PROMTOOL") or shutil.which("promtool")
_OF_PROMETHEUS = frozenset({"job", "instance", "le"})


def rules() -> list[dict[str, Any]]:
    """The alerts."""
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    """The panels of the dashboard."""
    return list(json.loads(DASHBOARD.read_text())["panels"])


def expressions() -> Iterator[tuple[str, str]]:
    """Each expression with where it stands."""
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for panel in panels():
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def known() -> dict[str, frozenset[str]]:
    """The labels of each series there is."""
    found: dict[str, frozenset[str]] = {}
    for metric in REGISTRY.collect():
        labels = frozenset(getattr(REGISTRY._names_to_collectors.get(metric.name), "_labelnames", ()))
        for end in ("", "_total", "_bucket", "_count", "_sum"):
            found[metric.name + end] = labels
    return found


EXPRESSIONS = list(expressions())


@pytest.mark.parametrize(("place", "expression"), EXPRESSIONS, ids=[place for place, _ in EXPRESSIONS])
def test_every_metric_and_label_that_is_named_is_there(place: str, expression: str) -> None:
    metrics = known()
    named = re.findall(r"handoff_[a-z_]+", expression)
    assert named or place == "HandoffServiceDown"
    assert [name for name in named if name not in metrics] == []
    labels = set(re.findall(r"([a-z_]+)(?:=~|!=|!~|=)\"", expression))
    for group in re.findall(r"by \(([^)]*)\)", expression):
        labels |= {one.strip() for one in group.split(",")}
    there = frozenset().union(*(metrics[name] for name in named)) | _OF_PROMETHEUS
    assert labels <= there


def test_every_alert_leads_to_a_page_of_what_to_do() -> None:
    operations = (ROOT / "docs/operations.md").read_text()
    paged = operations[operations.index("## When paged") :]
    for rule in rules():
        assert f"**{rule['annotations']['heading']}" in paged, rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")


def test_every_alert_is_tested_as_raised() -> None:
    tests = yaml.safe_load(RULE_TESTS.read_text())["tests"]
    raised = {one["alertname"] for test in tests for one in test["alert_rule_test"] if one.get("exp_alerts")}
    assert raised == {rule["alert"] for rule in rules()}


@pytest.mark.skipif(PROMTOOL is None, reason="there is no promtool (package prometheus, or HANDOFF_PROMTOOL=/its/path)")
def test_prometheus_raises_what_the_tests_of_the_rules_expect() -> None:
    done = subprocess.run(
        [str(PROMTOOL), "test", "rules", RULE_TESTS.name],
        cwd=RULE_TESTS.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_panels_do_not_lie_over_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        fields = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not fields & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= fields
