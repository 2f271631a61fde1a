"""The alerts and the dashboard in `deploy/`, against the metrics that there are."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.metrics import MetricsPage

from payouts.adapters.metrics import ProcessMetrics
from payouts.adapters.metrics.exposition import Exposition
from payouts.application.read_models import CurrentStatistics, EndpointBacklog

DEPLOY = Path(__file__).parents[2] / "deploy"
OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
RULES = DEPLOY / "prometheus" / "rules.yml"
RULE_TESTS = DEPLOY / "prometheus" / "rules.test.yml"
_PATH = f"{os.environ['PATH']}:{Path(sys.executable).parent}"
PROMTOOL = shutil.which("promtool", path=_PATH)
_WRITTEN_BY_PROMETHEUS = {"up"}


def alerts() -> list[dict[str, Any]]:
    return list(yaml.safe_load(RULES.read_text())["groups"][0]["rules"])


def expressions() -> Iterator[str]:
    """Yield every query of the alerts and of the dashboard."""
    yield from (alert["expr"] for alert in alerts())
    for panel in dashboard()["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def dashboard() -> dict[str, Any]:
    return dict(json.loads((DEPLOY / "grafana" / "payouts.json").read_text()))


def metric_names() -> set[str]:
    """Return the names of all series that `/metrics` can show."""
    metrics = ProcessMetrics(None)
    metrics.started("web")
    metrics.watch_circuit_breaker("redis")
    metrics.request_finished(route="api/", method="GET", status=200, seconds=1)
    metrics.bank_answered(bank="main", operation="send", outcome="settled", seconds=1)
    metrics.webhook_attempted(outcome="delivered", seconds=1)
    backlog = EndpointBacklog(endpoint_id=1, is_enabled=True, waiting=0, oldest_seconds=0)
    statistics = CurrentStatistics([], oldest_due_seconds=0, needs_review=0, webhooks=[backlog])
    return MetricsPage.parse(
        Exposition(metrics.collect(), statistics, {"EUR"}).render().decode()
    ).names()


@pytest.mark.skipif(not PROMTOOL, reason="promtool, of Debian's package prometheus, is missing")
class TestRules:
    @pytest.mark.parametrize(
        "arguments", [("check", "rules", str(RULES)), ("test", "rules", str(RULE_TESTS))]
    )
    def test_satisfy_promtool(self, arguments: tuple[str, ...]) -> None:
        assert PROMTOOL
        result = subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr

    def test_satisfy_promtool_in_the_dashboard(self, tmp_path: Path) -> None:
        rules = [
            {"record": f"panel:{number}", "expr": expression}
            for number, expression in enumerate(expressions())
        ]
        file = tmp_path / "dashboard.yml"
        file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
        self.test_satisfy_promtool(("check", "rules", str(file)))

    @pytest.mark.parametrize("alert", [alert["alert"] for alert in alerts()])
    def test_are_each_seen_to_fire_and_not_to_fire(self, alert: str) -> None:
        cases = [
            bool(case.get("exp_alerts"))
            for test in yaml.safe_load(RULE_TESTS.read_text())["tests"]
            for case in test["alert_rule_test"]
            if case["alertname"] == alert
        ]
        assert set(cases) == {True, False}

    @pytest.mark.parametrize("alert", [alert["alert"] for alert in alerts()])
    def test_are_explained(self, alert: str) -> None:
        assert f"| `{alert}` |" in OPERATIONS.read_text()


class TestQueries:
    @pytest.mark.parametrize("expression", sorted(set(expressions())))
    def test_name_metrics_that_there_are(self, expression: str) -> None:
        named = set(re.findall(r"\b(?:payouts_\w+|up)\b", expression))
        assert named
        assert named <= metric_names() | _WRITTEN_BY_PROMETHEUS


class TestDashboard:
    def test_can_be_imported(self) -> None:
        assert dashboard()["title"] == "Payouts"
        assert dashboard()["schemaVersion"] >= 36
        panels = dashboard()["panels"]
        assert len({panel["id"] for panel in panels}) == len(panels)
        assert {panel["type"] for panel in panels} <= {"stat", "timeseries"}
        for panel in panels:
            assert panel["title"]
            assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
            assert panel["datasource"]["uid"] == "${datasource}"

    def test_has_panels_that_do_not_overlap(self) -> None:
        places = [panel["gridPos"] for panel in dashboard()["panels"]]
        assert all(place["x"] + place["w"] <= 24 for place in places)
        for one, other in combinations(places, 2):
            is_beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
            is_above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
            assert is_beside or is_above
