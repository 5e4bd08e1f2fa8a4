"""The metrics that the documentation tells operators to watch are there."""

import re
from pathlib import Path

from prometheus_client import REGISTRY

from handoff_worker.jobs import auditor, operations_gauges
from journey_api.http import request_log
from shared.process import telemetry

ROOT = Path(__file__).parents[3]
REGISTERING = (auditor, operations_gauges, request_log, telemetry)
"""Importing these registers their metrics."""


def test_what_operators_are_told_of_is_there() -> None:
    operations = (ROOT / "docs/operations.md").read_text()
    documented = set(re.findall(r"^\| `(handoff_[a-z_]+)[{`]", operations, re.MULTILINE))
    known = {sample.name for metric in REGISTRY.collect() for sample in metric.samples}
    known |= {f"{metric.name}{end}" for metric in REGISTRY.collect() for end in ("", "_total")}
    assert documented - known == set()
    assert len(documented) > 8
