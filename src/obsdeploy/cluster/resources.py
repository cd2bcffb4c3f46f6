"""Where each kind of object lives in the Kubernetes API, by plural name."""

from __future__ import annotations

GROUPS = {
    "": "configmaps endpoints events namespaces nodes persistentvolumeclaims persistentvolumes pods secrets"
    " serviceaccounts services",
    "apps": "daemonsets deployments replicasets statefulsets",
    "authorization.k8s.io": "selfsubjectaccessreviews selfsubjectrulesreviews",
    "batch": "cronjobs jobs",
    "discovery.k8s.io": "endpointslices",
    "networking.k8s.io": "ingresses networkpolicies",
    "policy": "poddisruptionbudgets",
    "rbac.authorization.k8s.io": "clusterrolebindings clusterroles rolebindings roles",
    "storage.k8s.io": "storageclasses",
}
"""API group → plural names, all at v1."""

GROUP_OF = {resource: group for group, resources in GROUPS.items() for resource in resources.split()}


def path_of(resource: str, namespace: str | None = None, name: str | None = None) -> str:
    """Return the API path of a collection or object. Raises KeyError for a resource that is not in the list."""
    group = GROUP_OF[resource]
    parts = [f"/apis/{group}/v1" if group else "/api/v1"]
    if namespace:
        parts += ["namespaces", namespace]
    parts.append(resource)
    if name:
        parts.append(name)
    return "/".join(parts)
