"""Every metric is told by somebody, and the metrics that operators are told of are there."""

import re
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

from handoff_worker.jobs import invariants as auditor
from shared.process import telemetry

ROOT = Path(__file__).parents[3]
METRICS = {
    name: metric
    for module in (telemetry, auditor)
    for name, metric in vars(module).items()
    if isinstance(metric, MetricWrapperBase)
}
SOURCES = [path.read_text() for folder in ("shared", "services") for path in (ROOT / folder).glob("**/src/**/*.py")]


@pytest.mark.parametrize("name", sorted(METRICS))
def test_a_metric_is_told(name: str) -> None:
    telling = re.compile(rf"\b{name}\.(labels|inc|set|observe|info)\(")
    assert any(telling.search(source) for source in SOURCES)


def test_what_operators_are_told_of_is_there() -> None:
    operations = (ROOT / "docs/operations.md").read_text()
    documented = set(re.findall(r"^\| `(handoff_[a-z_]+)[{`]", operations, re.MULTILINE))
    known = {sample.name for metric in REGISTRY.collect() for sample in metric.samples}
    known |= {f"{metric.name}{end}" for metric in REGISTRY.collect() for end in ("", "_total")}
    assert documented - known == set()
    assert len(documented) > 8
