"""Why a pod or workload is not ready: the reason a person would dig for, in one sentence."""

from typing import Any

import pytest

from obsdeploy.cluster.pods import claim_trouble, pod_trouble
from obsdeploy.cluster.workloads import explained, survey
from tests.unit.checks.fakes import FakeKube, named


def pod(**status: Any) -> Any:
    return named("order-1", "shop", spec={}, status=status)


def waiting(reason: str, message: str = "", **more: Any) -> Any:
    state = {"waiting": {"reason": reason, "message": message}}
    return pod(phase="Pending", containerStatuses=[{"name": "app", "image": "order:9", "ready": False, "state": state, **more}])


def event(reason: str, message: str, about: str = "order-1", at: str = "2026-01-01T00:00:00Z", kind: str = "Warning") -> Any:
    return named(
        f"{about}.{at}", "shop", involvedObject={"name": about}, reason=reason, message=message, lastTimestamp=at, type=kind
    )


def kube(*events: Any, **log: str) -> FakeKube:
    found = FakeKube(objects={"events": list(events)})
    found.log = {("order-1", name == "previous"): text for name, text in log.items()}
    return found


async def why(fake: FakeKube, of: Any) -> str:
    trouble = await pod_trouble(fake, of)
    assert trouble is not None
    assert trouble.command.startswith("kubectl -n shop ")
    return trouble.reason


async def test_an_image_that_can_not_be_pulled_is_told_with_the_registrys_words() -> None:
    failed = event("Failed", 'Failed to pull image "order:9": not found')
    assert await why(kube(failed), waiting("ImagePullBackOff", 'Back-off pulling image "order:9"')) == (
        'the image order:9 of app can\'t be pulled: Failed to pull image "order:9": not found'
    )
    assert await why(kube(), waiting("ErrImagePull", "no route to registry")) == (
        "the image order:9 of app can't be pulled: no route to registry"
    )


async def test_a_crash_loop_is_told_with_its_exit_code_and_last_words() -> None:
    last = {"lastState": {"terminated": {"exitCode": 3, "reason": "Error"}}}
    crashing = waiting("CrashLoopBackOff", "back-off 40s", **last)
    assert await why(kube(previous="starting\nRedisError: no connection\n\n"), crashing) == (
        "app keeps crashing, exit code 3; last log line: RedisError: no connection"
    )
    assert await why(kube(), crashing) == "app keeps crashing, exit code 3; it logged nothing"


async def test_running_out_of_memory_is_called_that() -> None:
    ended = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
    assert "out of memory (exit code 137)" in await why(kube(), waiting("CrashLoopBackOff", lastState=ended))


async def test_a_container_that_has_just_ended_shows_its_present_log() -> None:
    ended = pod(containerStatuses=[{"name": "app", "ready": False, "state": {"terminated": {"exitCode": 1}}}])
    assert await why(kube(now="boom"), ended) == "app ended, exit code 1; last log line: boom"


async def test_of_a_line_of_key_and_value_the_error_is_quoted_up_to_its_traceback() -> None:
    said = 'level=error msg="error running" err="get \\"x\\": Access Denied.\\ngithub.com/dskit\\n\\tmod.go:1"'
    ended = pod(containerStatuses=[{"name": "app", "ready": False, "state": {"terminated": {"exitCode": 1}}}])
    assert await why(kube(now=said), ended) == r"app ended, exit code 1; last log line: get \"x\": Access Denied."


async def test_a_probe_that_fails_is_quoted() -> None:
    running = pod(phase="Running", containerStatuses=[{"name": "app", "ready": False, "state": {"running": {}}}])
    older = event("Unhealthy", "Startup probe failed", at="2026-01-01T00:00:00Z")
    newer = event("Unhealthy", "Readiness probe failed: HTTP 503", at="2026-01-01T00:00:09Z")
    assert await why(kube(newer, older), running) == "app runs but is not ready: Readiness probe failed: HTTP 503"
    assert await why(kube(), running) == "app runs but is not ready yet"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            [event("FailedMount", 'MountVolume.SetUp failed: secret "auth" not found')],
            'MountVolume.SetUp failed: secret "auth" not found',
        ),
        ([event("Pulling", 'Pulling image "order:9"', kind="Normal")], 'pulling image "order:9"'),
        ([], "app is being created"),
    ],
)
async def test_a_container_that_is_being_created_says_what_it_waits_for(found: list[Any], said: str) -> None:
    assert await why(kube(*found), waiting("ContainerCreating")) == said


async def test_a_missing_secret_keeps_a_container_from_starting() -> None:
    assert await why(kube(), waiting("CreateContainerConfigError", 'secret "x" not found')) == (
        'app can\'t start: CreateContainerConfigError: secret "x" not found'
    )


async def test_an_init_container_is_blamed_before_the_others_that_wait_for_it() -> None:
    init = {"name": "prepare", "ready": False, "state": {"waiting": {"reason": "CreateContainerError", "message": "no"}}}
    main = {"name": "app", "ready": False, "state": {"waiting": {"reason": "PodInitializing"}}}
    assert (await why(kube(), pod(initContainerStatuses=[init], containerStatuses=[main]))).startswith("prepare can't start")
    done = {"name": "prepare", "ready": False, "state": {"terminated": {"reason": "Completed", "exitCode": 0}}}
    assert await why(kube(), pod(initContainerStatuses=[done], containerStatuses=[main])) == "app is being created"


def unschedulable(message: str, *claims: str) -> Any:
    found = pod(conditions=[{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}])
    found["spec"]["volumes"] = [{"persistentVolumeClaim": {"claimName": claim}} for claim in claims]
    return found


async def test_a_pod_that_fits_nowhere_quotes_the_scheduler() -> None:
    assert (
        await why(kube(), unschedulable("0/1 nodes: insufficient cpu")) == "no node can take its pod: 0/1 nodes: insufficient cpu"
    )


async def test_a_pod_that_waits_for_its_volume_says_why_the_volume_waits() -> None:
    fake = kube(event("ProvisioningFailed", "disk is full", about="data"))
    fake.objects["persistentvolumeclaims"] = [
        named("data", "shop", spec={"storageClassName": "fast"}, status={"phase": "Pending"})
    ]
    assert await why(fake, unschedulable("unbound", "data")) == "the volume claim data is not bound: disk is full"


async def test_a_claim_without_any_storage_class_says_so() -> None:
    trouble = await claim_trouble(kube(), "shop", "data", {"spec": {}})
    assert "names no storage class and the cluster has no default one" in trouble.reason


async def test_an_evicted_pod_says_so() -> None:
    assert await why(kube(), pod(phase="Failed", reason="Evicted", message="low on disk")) == "Evicted: low on disk"


async def test_an_old_pod_that_shuts_down_is_waited_for() -> None:
    leaving = pod(phase="Running")
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert await why(kube(), leaving) == "an old pod is still shutting down"


@pytest.mark.parametrize("status", [{"phase": "Succeeded"}, {"conditions": [{"type": "Ready", "status": "True"}]}])
async def test_a_pod_that_is_well_has_no_trouble(status: dict[str, Any]) -> None:
    assert await pod_trouble(kube(), pod(**status)) is None


def deployment(**status: Any) -> Any:
    selector = {"matchLabels": {"app": "order"}}
    return named("order", "shop", spec={"replicas": 1, "selector": selector}, status={"observedGeneration": 1, **status})


async def test_a_workload_without_pods_says_what_forbids_them() -> None:
    denied = deployment(conditions=[{"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}])
    found = await explained(kube(), "deployments", denied)
    assert (found.settled, found.why) == (False, "its pods can't be made: exceeded quota")
    events = kube(event("FailedCreate", "serviceaccount not found", about="order"))
    assert (await explained(events, "statefulsets", deployment())).why == "its pods can't be made: serviceaccount not found"


async def test_a_workload_tells_of_its_newest_pod() -> None:
    fake = kube()
    old, new = pod(conditions=[{"type": "Ready", "status": "True"}]), waiting("InvalidImageName", "bad reference")
    for number, one in enumerate((old, new)):
        one["metadata"] |= {
            "name": f"order-{number}",
            "labels": {"app": "order"},
            "creationTimestamp": f"2026-01-0{number + 1}T00:00:00Z",
        }
    fake.objects["pods"] = [old, new]
    assert "can't be pulled: bad reference" in (await explained(fake, "deployments", deployment())).why


async def test_a_survey_lists_the_workloads_of_one_release() -> None:
    fake = kube()
    ours, other = deployment(readyReplicas=1, updatedReplicas=1, replicas=1), deployment()
    ours["metadata"]["annotations"]["meta.helm.sh/release-name"] = "obs"
    daemons = named(
        "node-exporter",
        "shop",
        spec={"selector": {}},
        status={"observedGeneration": 1, "desiredNumberScheduled": 3, "numberReady": 2, "updatedNumberScheduled": 3},
    )
    daemons["metadata"]["annotations"]["meta.helm.sh/release-name"] = "obs"
    fake.objects |= {"deployments": [ours, other], "daemonsets": [daemons]}
    found = {one.name: (one.kind, one.ready, one.desired, one.pending) for one in await survey(fake, "shop", "obs")}
    assert found == {"order": ("Deployment", 1, 1, ""), "node-exporter": ("DaemonSet", 2, 3, "2 of 3 pods are ready")}
