"""Category release: what Helm was told to run, and whether that is what runs."""

import copy
from typing import Any

import pytest
import yaml

from obsdeploy.checks import present, release
from obsdeploy.checks.model import Outcome, Status
from obsdeploy.checks.runner import attempt
from tests.unit.checks.fakes import Stack, named, record
from tests.unit.checks.healthy import MANIFEST

BY_ID = {check.id: check for check in (*release.CHECKS, *present.CHECKS)}


async def run(stack: Stack, name: str) -> Outcome:
    return await attempt(BY_ID[name], stack.context)


def broken_subjects(outcome: Outcome) -> dict[str, str]:
    return {one.subject: one.summary for one in outcome.findings if one.status is Status.FAILED}


async def test_all_is_well(stack: Stack) -> None:
    expected = dict.fromkeys(BY_ID, Status.PASSED) | {"release.demo": Status.SKIPPED}
    assert {name: (await run(stack, name)).status for name in BY_ID} == expected


async def test_no_release_at_all(stack: Stack) -> None:
    stack.kube.objects["secrets"] = []
    outcome = await run(stack, "release.deployed")
    assert (outcome.status, outcome.summary) == (Status.FAILED, "Helm knows no release obs in namespace monitoring")


async def test_a_release_that_was_not_made_by_obsdeploy(stack: Stack) -> None:
    stack.kube.remove("configmaps", "obs-release")
    outcome = await run(stack, "release.deployed")
    assert outcome.status is Status.FAILED
    assert "no ConfigMap obs-release" in outcome.summary


async def test_a_release_of_another_version_that_can_not_be_read(stack: Stack) -> None:
    stack.kube.one("configmaps", "obs-release")["data"]["expected.json"] = "{}"
    outcome = await run(stack, "release.deployed")
    assert outcome.status is Status.FAILED
    assert "not what this version of obsdeploy understands: KeyError: 'profile'" in outcome.summary


@pytest.mark.parametrize("status", ["failed", "pending-install", "pending-upgrade", "uninstalling"])
async def test_the_newest_revision_counts_and_must_be_deployed(stack: Stack, status: str) -> None:
    stack.kube.objects["secrets"] += [record(status, version=11), record("superseded", version=9)]
    outcome = await run(stack, "release.deployed")
    assert outcome.status is Status.FAILED
    assert outcome.summary == f"obs revision 11, obs-stack 0.1.0 is {status}"


async def test_a_workload_that_somebody_deleted_is_missed(stack: Stack) -> None:
    stack.kube.objects["deployments"] = []
    outcome = await run(stack, "release.workloads")
    assert outcome.status is Status.FAILED
    assert broken_subjects(outcome) == {"Deployment prometheus-server": release.GONE}


async def test_a_workload_scaled_down_by_hand_is_told_with_the_way_back(stack: Stack) -> None:
    found = stack.kube.one("deployments", "prometheus-server")
    found["spec"]["replicas"] = 0
    found["status"] = {"observedGeneration": 1}
    outcome = await run(stack, "release.workloads")
    assert broken_subjects(outcome) == {"Deployment prometheus-server": "scaled to 0, while the release says 1"}
    assert outcome.hint
    assert outcome.hint.command == "kubectl -n monitoring scale deployments prometheus-server --replicas=1"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (
            {"observedGeneration": 0, "replicas": 1, "readyReplicas": 1, "updatedReplicas": 1},
            "its latest change has not been taken up yet",
        ),
        ({"observedGeneration": 1, "replicas": 1, "readyReplicas": 1}, "0 of 1 pods are of the present generation"),
        (
            {"observedGeneration": 1, "replicas": 2, "readyReplicas": 1, "updatedReplicas": 1},
            "pods of an older generation are still there",
        ),
        ({"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1}, "0 of 1 pods are ready"),
    ],
)
async def test_a_workload_that_is_not_there_yet(stack: Stack, status: dict[str, Any], said: str) -> None:
    stack.kube.one("deployments", "prometheus-server")["status"] = status
    assert broken_subjects(await run(stack, "release.workloads")) == {"Deployment prometheus-server": said}


@pytest.mark.parametrize(("image", "said"), [("evil/prometheus:v1", "evil/prometheus:v1"), (None, "no more")])
async def test_an_image_that_somebody_has_changed_is_told(stack: Stack, image: str | None, said: str) -> None:
    released = {"name": "server", "image": "quay.io/prometheus/prometheus:v3"}
    pod = yaml.safe_dump({"template": {"spec": {"containers": [released]}}, "replicas": 1}, default_flow_style=True, width=999)
    manifest = f"---\nkind: Deployment\nmetadata: {{name: prometheus-server}}\nspec: {pod}"
    stack.kube.objects["secrets"] = [record(manifest=manifest)]
    spec = stack.kube.one("deployments", "prometheus-server")["spec"]
    sidecar = {"name": "injected", "image": "mesh:1"}
    spec["template"] = {"spec": {"containers": [released, sidecar]}}
    assert (await run(stack, "release.workloads")).status is Status.PASSED
    spec["template"] = {"spec": {"containers": [{"name": "server", "image": image}] if image else [sidecar]}}
    (found,) = broken_subjects(await run(stack, "release.workloads")).values()
    assert found == f"container server runs {said}, while the release says quay.io/prometheus/prometheus:v3"


async def test_a_release_that_declares_nothing_is_no_stack(stack: Stack) -> None:
    stack.kube.objects["secrets"] = [record(manifest="---\nkind: ConfigMap\nmetadata: {name: a}\n")]
    assert (await run(stack, "release.workloads")).status is Status.FAILED


async def test_the_demo_shop_is_held_to_its_own_release(stack: Stack) -> None:
    stack.expect(demo=True)
    manifest = "---\nkind: Deployment\nmetadata: {name: order, namespace: saga-demo}\nspec: {replicas: 1}\n"
    stack.kube.objects["secrets"].append(record(manifest=manifest, name="saga-demo", namespace="saga-demo"))
    assert broken_subjects(await run(stack, "release.demo")) == {"Deployment order": release.GONE}
    order = copy.deepcopy(stack.kube.one("deployments", "prometheus-server"))
    order["metadata"] |= {"name": "order", "namespace": "saga-demo"}
    stack.kube.objects["deployments"].append(order)
    assert (await run(stack, "release.demo")).status is Status.PASSED


async def test_a_volume_that_is_not_bound_says_why(stack: Stack) -> None:
    stack.kube.one("persistentvolumeclaims", "prometheus-server")["status"] = {"phase": "Pending"}
    subject = {"name": "prometheus-server"}
    event = named("e", type="Warning", reason="ProvisioningFailed", message="no space left", involvedObject=subject)
    stack.kube.objects["events"] = [event]
    outcome = await run(stack, "release.volumes")
    assert broken_subjects(outcome) == {"prometheus-server": "the volume claim prometheus-server is not bound: no space left"}


async def test_a_volume_that_is_gone_is_missed(stack: Stack) -> None:
    stack.kube.objects["persistentvolumeclaims"] = []
    outcome = await run(stack, "release.volumes")
    assert broken_subjects(outcome) == {"prometheus-server": "the volume claim prometheus-server does not exist"}


async def test_a_statefulsets_volumes_are_the_releases_and_a_strangers_are_not(stack: Stack) -> None:
    ours = {"app.kubernetes.io/instance": "obs"}
    stack.kube.objects["persistentvolumeclaims"] += [
        named("storage-alertmanager-0", labels=ours, spec={}, status={"phase": "Lost"}),
        named("somebody-elses", spec={}, status={"phase": "Pending"}),
    ]
    assert list(broken_subjects(await run(stack, "release.volumes"))) == ["storage-alertmanager-0"]


async def test_a_release_without_volumes_skips_them(stack: Stack) -> None:
    stack.kube.objects["secrets"] = [record(manifest=MANIFEST.replace("PersistentVolumeClaim", "Secret"))]
    assert (await run(stack, "release.volumes")).status is Status.SKIPPED


async def test_another_scrape_configuration_is_told_and_a_reload_asked_for(stack: Stack) -> None:
    config = stack.kube.one("configmaps", "prometheus-server")["data"]
    config["prometheus.yml"] = config["prometheus.yml"].replace("localhost:9090", "elsewhere:9090")
    outcome = await run(stack, "release.config")
    assert outcome.status is Status.FAILED
    assert outcome.temporary
    assert outcome.details == (
        "job prometheus.static_configs[0].targets[0]: elsewhere:9090 in the release, localhost:9090 loaded",
    )
    assert stack.prometheus.reloads == 1
    assert [(kind, name, list(change["metadata"]["annotations"])) for kind, name, change in stack.kube.patched] == [
        ("pods", "prometheus-server-1", ["obsdeploy.dev/synced"])
    ]


async def test_a_stack_is_not_nudged_again_and_again(stack: Stack) -> None:
    stack.prometheus.data["status/config"] = {"yaml": "{}"}
    context = stack.context
    for _ in range(5):
        await attempt(BY_ID["release.config"], context)
    assert stack.prometheus.reloads == 1


async def test_a_config_map_that_is_gone_is_named(stack: Stack) -> None:
    stack.kube.remove("configmaps", "prometheus-server")
    assert "ConfigMap prometheus-server" in (await run(stack, "release.config")).summary


async def test_rules_of_another_release_are_told_by_their_hash(stack: Stack) -> None:
    stack.kube.one("configmaps", "obs-release")["data"]["rules.sha256"] = "abcd" * 16
    outcome = await run(stack, "release.rules")
    assert outcome.status is Status.FAILED
    assert "(abcdabcdabcd): those of 5f2b5f2b5f2b" in outcome.summary
    assert stack.prometheus.reloads == 1


async def test_no_rules_of_a_release_at_all(stack: Stack) -> None:
    stack.prometheus.data["rules"]["groups"].pop()
    assert "none of a release" in (await run(stack, "release.rules")).summary


async def test_another_dashboard_under_the_same_uid(stack: Stack) -> None:
    stack.grafana.answers["dashboards/uid/obs-x"]["dashboard"]["panels"][1]["targets"][0]["expr"] = "old"
    outcome = await run(stack, "release.dashboards")
    assert outcome.status is Status.FAILED
    assert outcome.details == ("obs-x: another version is shown, with other panels",)
    assert stack.prometheus.reloads == 0


async def test_a_release_without_dashboards_skips_them(stack: Stack) -> None:
    stack.kube.one("configmaps", "obs-dashboards")["data"] = None
    assert (await run(stack, "release.dashboards")).status is Status.SKIPPED
