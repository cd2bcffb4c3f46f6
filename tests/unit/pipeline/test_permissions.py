"""What `up` needs to be allowed to do on a cluster that exists: what is missing is named, before anything is changed."""

import pytest

from obsdeploy.errors import EnvironmentProblem
from obsdeploy.pipeline.preflight import check_permissions
from obsdeploy.settings.load import load
from obsdeploy.settings.model import Settings
from tests.unit.pipeline.conftest import FakeCluster

Asked = tuple[str, str, str | None]


class Restricted(FakeCluster):
    """A cluster that forbids one thing, and in which both namespaces are there."""

    def __init__(self, forbidden: Asked | None = None) -> None:
        super().__init__()
        self.forbidden = forbidden
        for name in ("monitoring", "saga-demo"):
            self.put("namespaces", name)

    async def allowed(self, verb: str, resource: str, namespace: str | None = None) -> bool:
        return (verb, resource, namespace) != self.forbidden


def settings(*, demo: bool) -> Settings:
    return load(profile="prod", env={}, overrides={"demo": {"enabled": demo}})


async def test_somebody_who_may_do_everything_passes() -> None:
    await check_permissions(Restricted(), settings(demo=True))


@pytest.mark.parametrize(
    ("forbidden", "said"),
    [
        (("patch", "deployments", "monitoring"), "patch deployments in namespace monitoring"),
        (("update", "secrets", "monitoring"), "update secrets in namespace monitoring"),
        (("get", "configmaps", "monitoring"), "get configmaps in namespace monitoring"),
        (("list", "endpointslices", "monitoring"), "list endpointslices in namespace monitoring"),
        (("create", "clusterroles", None), "create clusterroles in the whole cluster"),
        (("create", "statefulsets", "saga-demo"), "create statefulsets in namespace saga-demo"),
        (("list", "daemonsets", "saga-demo"), "list daemonsets in namespace saga-demo"),
        (("update", "secrets", "saga-demo"), "update secrets in namespace saga-demo"),
    ],
)
async def test_what_is_missing_is_named(forbidden: Asked, said: str) -> None:
    with pytest.raises(EnvironmentProblem) as caught:
        await check_permissions(Restricted(forbidden), settings(demo=True))
    assert caught.value.message == f"missing permission: {said}"


async def test_the_demos_namespace_matters_only_to_the_demo() -> None:
    await check_permissions(Restricted(("create", "statefulsets", "saga-demo")), settings(demo=False))


async def test_a_namespace_has_to_be_made_where_it_is_missing() -> None:
    cluster = Restricted(("create", "namespaces", None))
    await check_permissions(cluster, settings(demo=True))
    del cluster.objects["namespaces", "", "saga-demo"]
    with pytest.raises(EnvironmentProblem, match="create namespaces in the whole cluster"):
        await check_permissions(cluster, settings(demo=True))
