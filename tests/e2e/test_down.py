"""`down`: what goes, what stays and is said to stay, and that a purge leaves nothing of ours and all of others."""

from __future__ import annotations

import time

import httpx

from tests.e2e.machine import Machine

EVERYTHING = "all,configmap,secret,serviceaccount,pvc,role,rolebinding,networkpolicy,poddisruptionbudget,ingress"


def left(stack: Machine, namespace: str) -> set[str]:
    return set(stack.kubectl("get", EVERYTHING, "-n", namespace, "-o", "name", "--ignore-not-found").split())


def test_down_keeps_data_credentials_and_namespace_and_says_so(stack: Machine) -> None:
    then = time.time()
    done = stack.run("down")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Removed  release obs\n         release saga-demo\n")
    for kept in ("namespace monitoring", "persistentvolumeclaim prometheus-server", "secret obs-grafana-admin"):
        assert kept in done.stdout
    assert left(stack, "monitoring") == {
        "configmap/kube-root-ca.crt",
        "persistentvolumeclaim/grafana",
        "persistentvolumeclaim/prometheus-server",
        "persistentvolumeclaim/storage-alertmanager-0",
        "secret/obs-grafana-admin",
        "serviceaccount/default",
    }
    again = stack.run("down")
    assert (again.returncode, "nothing: nothing was there" in again.stdout) == (0, True)
    opened = stack.run("open")
    assert opened.returncode == 3
    assert "there is no Service grafana in namespace monitoring" in opened.stderr
    up = stack.run("up", "--demo", *stack.charts_and_images)
    assert up.returncode == 0, up.stderr + up.stdout
    before = httpx.get(f"{stack.prometheus}/api/v1/query", params={"query": "up", "time": str(then)}).json()
    assert before["data"]["result"], "what Prometheus knew before is gone"


def test_a_purge_leaves_nothing_of_ours_and_touches_nothing_else(stack: Machine) -> None:
    stack.kubectl("create", "configmap", "theirs", "-n", "saga-demo", "--from-literal=a=b")
    cluster_wide = "clusterrole,clusterrolebinding,pv,storageclass"
    ours = {name for name in stack.kubectl("get", cluster_wide, "-o", "name").split() if "/obs-" in name}
    assert ours
    retained = stack.object("pvc", "grafana", "-n", "monitoring")["spec"]["volumeName"]
    stack.kubectl("patch", "pv", retained, "-p", '{"spec": {"persistentVolumeReclaimPolicy": "Retain"}}')
    done = stack.run("down", "--purge")
    assert done.returncode == 0, done.stderr
    assert "its namespace stays, because others' objects are in it: configmap theirs in namespace saga-demo" in " ".join(
        done.stdout.split()
    )
    namespaces = stack.kubectl("get", "namespaces", "-o", "name").split()
    assert "namespace/monitoring" not in namespaces
    assert left(stack, "saga-demo") == {"configmap/kube-root-ca.crt", "configmap/theirs", "serviceaccount/default"}
    there = stack.kubectl("get", cluster_wide, "-o", "name").split()
    volume = f"persistentvolume/{retained}"
    assert [name for name in there if "/obs-" in name or name.startswith("persistentvolume/")] == [volume]
    assert f"--context {stack.context} delete pv {retained}\n" in done.stdout
    stack.kubectl("delete", "pv", retained)
    stack.kubectl("delete", "configmap", "theirs", "-n", "saga-demo")
    again = stack.run("down", "--purge")
    assert again.returncode == 0
    assert "Left     nothing of obsdeploy's" in again.stdout
    assert stack.run("status").returncode == 0
