"""Queries of panels whose arithmetic is worth a proof."""

from pathlib import Path
from typing import Any

import yaml

from dashboards.common.query import common_buckets
from tests.unit.rules.conftest import Promtool


def check(promtool: Promtool, folder: Path, series: dict[str, str], expr: str, wanted: dict[str, float]) -> None:
    """Let promtool evaluate `expr` after a minute."""
    case: dict[str, Any] = {
        "interval": "15s",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": expr,
                "eval_time": "1m",
                "exp_samples": [{"labels": labels, "value": value} for labels, value in wanted.items()],
            }
        ],
    }
    (folder / "test.yaml").write_text(yaml.safe_dump({"evaluation_interval": "15s", "tests": [case]}))

    answer = promtool("test", "rules", folder / "test.yaml")

    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_services_with_different_buckets_are_added_up_only_where_both_have_a_bound(promtool: Promtool, tmp_path: Path) -> None:
    series = {
        'b{namespace="n",service="fine",le="0.1"}': "1x8",
        'b{namespace="n",service="fine",le="0.25"}': "2x8",
        'b{namespace="n",service="fine",le="1.0"}': "3x8",
        'b{namespace="n",service="fine",le="+Inf"}': "4x8",
        'b{namespace="n",service="coarse",le="1.0"}': "10x8",
        'b{namespace="n",service="coarse",le="+Inf"}': "20x8",
    }

    # Plain sums would be 1, 2, 13, 24: at 0.25 s fewer requests than the coarse service alone answered by then.
    check(promtool, tmp_path, series, common_buckets("b"), {'{le="1.0"}': 13, '{le="+Inf"}': 24})


def test_services_with_the_same_buckets_keep_them_all(promtool: Promtool, tmp_path: Path) -> None:
    series = {
        'b{namespace="m",service="s",le="0.1"}': "1x8",
        'b{namespace="m",service="s",le="+Inf"}': "2x8",
        'b{namespace="n",service="s",le="0.1"}': "3x8",
        'b{namespace="n",service="s",le="+Inf"}': "4x8",
    }

    check(promtool, tmp_path, series, common_buckets("b"), {'{le="0.1"}': 4, '{le="+Inf"}': 6})
