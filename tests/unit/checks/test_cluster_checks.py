"""Category cluster, each check failing for its reason."""

from obsdeploy.checks import cluster
from obsdeploy.checks.model import Outcome, Status
from obsdeploy.checks.runner import attempt
from obsdeploy.errors import EnvironmentProblem
from tests.unit.checks.fakes import Stack, named

BY_ID = {check.id: check for check in cluster.CHECKS}


async def run(stack: Stack, name: str) -> Outcome:
    return await attempt(BY_ID[name], stack.context)


async def test_all_is_well(stack: Stack) -> None:
    assert {name: (await run(stack, name)).status for name in BY_ID} == dict.fromkeys(BY_ID, Status.PASSED)


async def test_an_api_server_that_does_not_answer_fails_with_the_clients_own_words(stack: Stack) -> None:
    stack.kube.broken["/version"] = EnvironmentProblem("the API server does not answer", hint="start it")
    outcome = await run(stack, "cluster.api")
    assert (outcome.status, outcome.summary) == (Status.FAILED, "the API server does not answer")


async def test_a_node_that_is_not_ready_is_named_with_its_reason(stack: Stack) -> None:
    broken = {"conditions": [{"type": "Ready", "status": "False", "message": "container runtime is down"}]}
    stack.kube.objects["nodes"].append(named("node-2", None, status=broken))
    outcome = await run(stack, "cluster.nodes")
    assert (outcome.status, outcome.summary) == (Status.FAILED, "1 of 2 nodes are not ready")
    assert outcome.details == ("node-2: container runtime is down",)


async def test_a_node_that_says_nothing_is_not_ready(stack: Stack) -> None:
    stack.kube.one("nodes", "node-1")["status"] = {}
    assert (await run(stack, "cluster.nodes")).details == ("node-1: it has not reported",)


async def test_a_cluster_without_nodes_fails(stack: Stack) -> None:
    stack.kube.objects["nodes"] = []
    assert (await run(stack, "cluster.nodes")).status is Status.FAILED


async def test_a_node_under_pressure_is_a_warning(stack: Stack) -> None:
    stack.kube.one("nodes", "node-1")["status"]["conditions"].append({"type": "DiskPressure", "status": "True"})
    outcome = await run(stack, "cluster.nodes")
    assert (outcome.status, outcome.details) == (Status.WARNED, ("node-1: DiskPressure",))


async def test_no_default_storage_class_fails_as_long_as_a_volume_waits_for_one(stack: Stack) -> None:
    stack.kube.one("storageclasses", "standard")["metadata"]["annotations"] = {}
    assert (await run(stack, "cluster.storage")).status is Status.PASSED
    stack.kube.one("persistentvolumeclaims", "prometheus-server")["status"]["phase"] = "Pending"
    outcome = await run(stack, "cluster.storage")
    assert outcome.status is Status.FAILED
    assert outcome.summary == "the cluster has no default storage class (there is: standard)"
