"""Helm's own words, as Helm 3.22 and 4.3 print them, and what becomes of them."""

from __future__ import annotations

import pytest

from obsdeploy.errors import EnvironmentProblem, ObsdeployError, UsageProblem
from obsdeploy.helm_problems import explain, is_not_found

FOREIGN = (
    'Error: Unable to continue with install: Service "grafana" in namespace "monitoring" exists and cannot be imported into the '
    'current release: invalid ownership metadata; annotation validation error: key "meta.helm.sh/release-name" must equal "obs": '
    'current value is "my-grafana"; annotation validation error: key "meta.helm.sh/release-namespace" must equal "monitoring": '
    'current value is "other"'
)
BY_HAND = (
    'Error: Unable to continue with install: ConfigMap "obs-rules" in namespace "monitoring" exists and cannot be imported into '
    'the current release: invalid ownership metadata; label validation error: missing key "app.kubernetes.io/managed-by": must '
    'be set to "Helm"; annotation validation error: missing key "meta.helm.sh/release-name": must be set to "obs"'
)
CASES: list[tuple[str, type[ObsdeployError], str, str]] = [
    (
        FOREIGN,
        EnvironmentProblem,
        'Service "grafana" is in namespace monitoring already, and it belongs to release my-grafana',
        "kubectl annotate",
    ),
    (
        BY_HAND,
        EnvironmentProblem,
        'ConfigMap "obs-rules" is in namespace monitoring already, and it was not made by Helm',
        "kubectl label",
    ),
    (
        "Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress",
        EnvironmentProblem,
        "Helm could not upgrade obs: another operation on it is in progress",
        "recovers from it",
    ),
    (
        'Error: query: failed to query with labels: secrets is forbidden: User "system:serviceaccount:default:reader" cannot '
        'list resource "secrets" in API group "" in the namespace "monitoring"',
        EnvironmentProblem,
        'missing permission: system:serviceaccount:default:reader cannot list resource "secrets" in API group ""',
        "--context NAME",
    ),
    (
        "Error: execution error at (obs-stack/templates/validations.yaml:3:4): \n\n"
        "redis: two instances are named cache. Give each its own.",
        UsageProblem,
        "redis: two instances are named cache. Give each its own.",
        "obsdeploy.yaml",
    ),
    (
        "Error: values don't meet the specifications of the schema(s) in the following chart(s):\nobs-stack:\n"
        "- at '': additional properties 'nope' not allowed\n",
        UsageProblem,
        "the values don't fit the chart's schema: obs-stack: - at '': additional properties 'nope' not allowed",
        "obsdeploy render",
    ),
    (
        'Error: Kubernetes cluster unreachable: Get "https://127.0.0.1:1/version": dial tcp 127.0.0.1:1: connection refused',
        EnvironmentProblem,
        "Helm could not upgrade obs: the API server does not answer",
        "obsdeploy status",
    ),
    ("Error: something new\n", EnvironmentProblem, "Helm could not upgrade obs: something new", "-v"),
    ("", EnvironmentProblem, "Helm could not upgrade obs: it gave no reason", "-v"),
]


@pytest.mark.parametrize(("stderr", "kind", "message", "hint"), CASES)
def test_each_says_what_and_what_to_do(stderr: str, kind: type[ObsdeployError], message: str, hint: str) -> None:
    problem = explain("upgrade obs", stderr)
    assert type(problem) is kind
    assert problem.message.startswith(message)
    assert hint in problem.hint


def test_all_that_helm_said_goes_along_for_those_who_ask() -> None:
    assert explain("upgrade obs", f"WARNING: one\n{FOREIGN}\n").__notes__ == [f"WARNING: one\n{FOREIGN}"]


def test_not_found_is_recognised_in_any_case() -> None:
    assert is_not_found("Error: release: not found\n")
    assert not is_not_found("Error: chart not found\n")
