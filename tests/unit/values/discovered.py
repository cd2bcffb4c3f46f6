"""Targets as Kubernetes discovery hands them to Prometheus, before relabelling."""

from collections.abc import Mapping, Sequence

META = "__meta_kubernetes_"


def pod(
    name: str = "shop-5d8f7c9b6d-x2x9k",
    *,
    ports: Sequence[tuple[int, str]] = ((8000, "TCP"),),
    annotations: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    ip: str = "10.244.0.7",
    namespace: str = "shop",
    phase: str = "Running",
    controller: tuple[str, str] | None = ("ReplicaSet", "shop-5d8f7c9b6d"),
    init: bool = False,
) -> list[dict[str, str]]:
    """One entry per declared port of a pod's container; one without a port where it declares none."""
    common = {
        f"{META}namespace": namespace,
        f"{META}pod_name": name,
        f"{META}pod_ip": ip,
        f"{META}pod_phase": phase,
        f"{META}pod_container_init": str(init).lower(),
        **annotated("pod", annotations),
        **{f"{META}pod_label_{flat(key)}": value for key, value in (labels or {}).items()},
    }
    if controller:
        common |= {f"{META}pod_controller_kind": controller[0], f"{META}pod_controller_name": controller[1]}
    host = f"[{ip}]" if ":" in ip else ip
    if not ports:
        return [{**common, "__address__": ip}]
    return [
        {
            **common,
            "__address__": f"{host}:{number}",
            f"{META}pod_container_port_number": str(number),
            f"{META}pod_container_port_protocol": protocol,
        }
        for number, protocol in ports
    ]


def endpoints(
    behind: Sequence[Mapping[str, str]],
    *,
    service: str = "shop",
    port: int | None = 8000,
    annotations: Mapping[str, str] | None = None,
    family: str = "",
) -> list[dict[str, str]]:
    """The same pods as endpoints of a Service: one entry for the Service's port, further container ports unbound."""
    common = {
        f"{META}endpointslice_name": f"{service}-abcde{family}",
        f"{META}service_name": service,
        **annotated("service", annotations),
    }
    bound = {f"{META}endpointslice_port": str(port), f"{META}endpointslice_port_protocol": "TCP"}
    return [{**one, **common, **(bound if one.get(f"{META}pod_container_port_number") == str(port) else {})} for one in behind]


def annotated(kind: str, annotations: Mapping[str, str] | None) -> dict[str, str]:
    """Annotation labels, with the mark that each is there."""
    found: dict[str, str] = {}
    for key, value in (annotations or {}).items():
        found[f"{META}{kind}_annotation_{flat(key)}"] = value
        found[f"{META}{kind}_annotationpresent_{flat(key)}"] = "true"
    return found


def flat(key: str) -> str:
    """A key as part of a label's name."""
    return "".join(letter if letter.isalnum() else "_" for letter in key)
