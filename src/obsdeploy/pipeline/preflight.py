"""What must be true before anything is changed; each failure says what is missing and how to get it."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from obsdeploy.checks.cluster import DEFAULT_CLASS
from obsdeploy.cluster.docker import Container
from obsdeploy.cluster.workloads import RELEASE_ANNOTATION
from obsdeploy.errors import EnvironmentProblem
from obsdeploy.pipeline import ports
from obsdeploy.pipeline.outside import ClusterApi, DockerApi
from obsdeploy.settings.model import DEMO_NAMESPACE, RELEASE, Settings

OWNER_NAME, OWNER_NAMESPACE = RELEASE_ANNOTATION, "meta.helm.sh/release-namespace"
WRITES = ("get", "create", "patch", "delete")
HELMS_RECORDS = (("list", "secrets"), ("update", "secrets"))
"""What Helm keeps its own records with: without `update` a release would stay pending for ever."""
NAMESPACED = (
    "configmaps",
    "secrets",
    "services",
    "serviceaccounts",
    "persistentvolumeclaims",
    "deployments",
    "statefulsets",
    "daemonsets",
    "roles",
    "rolebindings",
)
OF_THE_DEMO = ("secrets", "services", "deployments", "statefulsets", "networkpolicies")
CLUSTER_SCOPED = ("clusterroles", "clusterrolebindings")
PODS = (("patch", "pods"), ("get", "pods/log"), ("get", "services/proxy"), ("create", "pods/portforward"))
WORKLOADS = ("services", "deployments", "statefulsets", "daemonsets")
LISTED = ("pods", "endpointslices", "configmaps", "persistentvolumeclaims", *WORKLOADS)
LISTED_OF_THE_DEMO = ("pods", "deployments", "statefulsets", "daemonsets")
OUR_NAMES = (
    "prometheus-server",
    "grafana",
    "alertmanager",
    "kube-state-metrics",
    "node-exporter",
    "redis-exporter",
    "kafka-exporter",
    "loki",
    "opentelemetry-collector",
)


async def check_ports(settings: Settings, node: Container | None, docker: DockerApi) -> None:
    """Raise EnvironmentProblem where another program holds a port that Grafana or Prometheus shall have on this machine."""
    published = node.host_ports if node is not None and node.running else {}
    wanted = {"grafana": settings.kind.host_ports.grafana, "prometheus": settings.kind.host_ports.prometheus}
    for key, port in wanted.items():
        if port in published or ports.is_free(port):
            continue
        container = await docker.publisher(port)
        who = f"the container {container}" if container else ports.holder(port) or "a program this user can't see"
        raise EnvironmentProblem(
            f"port {port} of this machine, meant for {key.capitalize()}, is held by {who}",
            hint=f"Stop that program, or choose another port in obsdeploy.yaml: kind: {{hostPorts: {{{key}: {port + 1}}}}}",
        )


async def check_cluster(kube: ClusterApi, settings: Settings) -> str:
    """Check that the cluster answers, and a default StorageClass is there; returns the cluster's version."""
    version = (await kube.get("/version"))["gitVersion"]
    await check_storage(kube, settings.storage.class_name)
    return str(version)


async def check_storage(kube: ClusterApi, wanted: str | None) -> None:
    """Raise EnvironmentProblem where volumes could not be had."""
    classes = await kube.list("storageclasses")
    names = [one["metadata"]["name"] for one in classes]
    if wanted is not None:
        if wanted not in names:
            raise EnvironmentProblem(
                f"storage.className names StorageClass {wanted}, which the cluster does not have",
                hint=f"It has: {', '.join(names) or 'none'}.",
            )
        return
    if not any((one["metadata"].get("annotations") or {}).get(DEFAULT_CLASS) == "true" for one in classes):
        raise EnvironmentProblem(
            "the cluster has no default StorageClass, and Prometheus, Grafana and Alertmanager keep their data on volumes",
            hint=f"Name one with storage.className in obsdeploy.yaml (there is: {', '.join(names) or 'none'}), or mark one as "
            f"default: kubectl annotate storageclass NAME {DEFAULT_CLASS}=true",
        )


async def check_permissions(kube: ClusterApi, settings: Settings) -> None:
    """Raise EnvironmentProblem naming each permission that `up` needs and these credentials lack."""
    namespace = settings.namespace
    sometimes = {
        "networkpolicies": settings.network_policies,
        "ingresses": settings.grafana.ingress.enabled,
        "poddisruptionbudgets": settings.alertmanager.replicas > 1,
    }
    namespaced = [*NAMESPACED, *(resource for resource, wanted in sometimes.items() if wanted)]
    needed: list[tuple[str, str, str | None]] = [
        *((verb, resource, namespace) for resource in namespaced for verb in WRITES),
        *((verb, resource, namespace) for verb, resource in (*PODS, *HELMS_RECORDS)),
        *(("list", resource, namespace) for resource in LISTED),
        *((verb, resource, None) for resource in CLUSTER_SCOPED for verb in WRITES),
    ]
    if settings.demo.enabled:
        needed += [(verb, resource, DEMO_NAMESPACE) for resource in OF_THE_DEMO for verb in WRITES]
        needed += [(verb, resource, DEMO_NAMESPACE) for verb, resource in HELMS_RECORDS]
        needed += [("list", resource, DEMO_NAMESPACE) for resource in LISTED_OF_THE_DEMO]
    for name in (namespace, *([DEMO_NAMESPACE] if settings.demo.enabled else [])):
        if await kube.read("namespaces", name) is None:
            needed.append(("create", "namespaces", None))
            break
    answers = await asyncio.gather(*(kube.allowed(verb, resource, where) for verb, resource, where in needed))
    missing = [what for what, allowed in zip(needed, answers, strict=True) if not allowed]
    if missing:
        raise EnvironmentProblem(
            f"missing permission{'s' if len(missing) > 1 else ''}: {'; '.join(_spelled(missing))}",
            hint="Ask the cluster's administrator for them, or use an account that has them: --context NAME.",
        )


def _spelled(missing: Iterable[tuple[str, str, str | None]]) -> list[str]:
    by_place: dict[tuple[str, str | None], list[str]] = {}
    for verb, resource, namespace in missing:
        by_place.setdefault((resource, namespace), []).append(verb)
    return [
        f"{', '.join(verbs)} {resource} {f'in namespace {namespace}' if namespace else 'in the whole cluster'}"
        for (resource, namespace), verbs in by_place.items()
    ]


async def check_names(kube: ClusterApi, namespace: str) -> None:
    """Raise EnvironmentProblem where objects with our names are somebody else's: another release's, or made by hand."""
    listed = await asyncio.gather(*(kube.list(resource, namespace) for resource in WORKLOADS))
    foreign = [
        (resource, one["metadata"]["name"], _owner(one))
        for resource, objects in zip(WORKLOADS, listed, strict=True)
        for one in objects
        if one["metadata"]["name"] in OUR_NAMES and _owner(one) != (RELEASE, namespace)
    ]
    if foreign:
        raise _foreign_objects(namespace, foreign)


def _owner(thing: Any) -> tuple[str, str] | None:
    notes = thing["metadata"].get("annotations") or {}
    return (notes[OWNER_NAME], notes.get(OWNER_NAMESPACE, "")) if OWNER_NAME in notes else None


def _foreign_objects(namespace: str, foreign: Sequence[tuple[str, str, tuple[str, str] | None]]) -> EnvironmentProblem:
    names = ", ".join(f"{resource.removesuffix('s')} {name}" for resource, name, _ in foreign)
    owners = sorted({owner[0] for _, _, owner in foreign if owner})
    whose = f"belongs to release {', '.join(owners)}" if owners else "was not made by Helm"
    resource, name, _ = foreign[0]
    return EnvironmentProblem(
        f"namespace {namespace} already has {names}, which {whose} and not to obsdeploy; nothing was changed",
        hint=f"Install beside it with --namespace OTHER, or hand each object over to the release {RELEASE}: "
        f"kubectl -n {namespace} annotate --overwrite {resource} {name} {OWNER_NAME}={RELEASE} {OWNER_NAMESPACE}={namespace} && "
        f"kubectl -n {namespace} label --overwrite {resource} {name} app.kubernetes.io/managed-by=Helm",
    )
