# SPDX-License-Identifier: GPL-2.0-or-later
"""Looks at the manifests of contrib/kubernetes: fields that there are, volumes that
are declared, and of each container that it may no more than it must.

    kubernetes.py FILE...
"""
import sys

import yaml

CONTAINER = {
    "name", "image", "command", "args", "env", "workingDir", "resources",
    "securityContext", "volumeMounts", "restartPolicy", "startupProbe"}
FIELDS = {
    "Pod": {"apiVersion", "kind", "metadata", "spec"},
    "Job": {"apiVersion", "kind", "metadata", "spec"},
    "NetworkPolicy": {"apiVersion", "kind", "metadata", "spec"},
    "job": {"backoffLimit", "ttlSecondsAfterFinished",
            "activeDeadlineSeconds", "template"},
    "pod": {"restartPolicy", "automountServiceAccountToken",
            "enableServiceLinks", "securityContext", "initContainers",
            "containers", "volumes", "terminationGracePeriodSeconds"},
    "policy": {"podSelector", "policyTypes", "ingress", "egress"},
}
VERSIONS = {"Pod": "v1", "Job": "batch/v1",
            "NetworkPolicy": "networking.k8s.io/v1"}
VOLUMES = {"emptyDir", "persistentVolumeClaim", "secret"}
SECRET = {"auth"}
REAL = {"workspace"}


def known(what, have, allowed):
    odd = set(have) - set(allowed)
    assert not odd, "%s has odd fields: %s" % (what, sorted(odd))


def check_locked(name, container, pod):
    context = {**pod.get("securityContext", {}),
               **container.get("securityContext", {})}
    assert context["runAsNonRoot"] is True, name
    assert context["runAsUser"] > 0, name
    assert context["allowPrivilegeEscalation"] is False, name
    assert context["readOnlyRootFilesystem"] is True, name
    assert context["capabilities"] == {"drop": ["ALL"]}, name
    assert context["seccompProfile"]["type"] == "RuntimeDefault", name
    assert not context.get("privileged"), name


def check_container(container, pod, volumes):
    name = container["name"]
    known(name, container, CONTAINER)
    assert container["image"] and container["command"], name
    limits = container["resources"]["limits"]
    assert limits["memory"] and limits["cpu"], name
    mounts = container["volumeMounts"]
    for mount in mounts:
        known(name, mount, {"name", "mountPath", "readOnly",
                            "mountPropagation"})
        assert mount["name"] in volumes, mount["name"]
        assert mount["mountPath"].startswith("/")
        if mount["name"] in REAL | SECRET:
            assert mount["readOnly"] is True, (name, mount)
    assert len({m["mountPath"] for m in mounts}) == len(mounts), name
    if container.get("securityContext", {}).get("privileged"):
        # Kubernetes lets no other pass a mount on; nothing else may be one
        assert [m["name"] for m in mounts
                if m.get("mountPropagation") == "Bidirectional"], name
    else:
        check_locked(name, container, pod)
    return name, {m["name"] for m in mounts}


def check_pod(pod):
    known("pod", pod, FIELDS["pod"])
    assert pod["automountServiceAccountToken"] is False
    assert pod["restartPolicy"] == "Never"
    volumes = {v["name"]: v for v in pod["volumes"]}
    for volume in volumes.values():
        kind = set(volume) - {"name"}
        assert len(kind) == 1 and kind <= VOLUMES, volume
    sees = dict(check_container(c, pod, volumes)
                for c in pod["initContainers"] + pod["containers"])
    assert not sees["agent"] & (SECRET | REAL), "the agent has a secret"
    assert set.union(*sees.values()) == set(volumes), "an idle volume"


def check(document):
    kind = document["kind"]
    known(kind, document, FIELDS[kind])
    assert document["apiVersion"] == VERSIONS[kind]
    spec = document["spec"]
    if kind == "Job":
        known(kind, spec, FIELDS["job"])
        assert spec["backoffLimit"] == 0
        spec = spec["template"]["spec"]
    if kind == "NetworkPolicy":
        known(kind, spec, FIELDS["policy"])
        assert set(spec["policyTypes"]) == {"Ingress", "Egress"}
        assert all(rule.get("to") and rule.get("ports")
                   for rule in spec["egress"]), "a rule for everybody"
        assert not spec.get("ingress")
    else:
        check_pod(spec)
    return kind


kinds = []
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as f:
        kinds += [check(d) for d in yaml.safe_load_all(f)]
print(" ".join(sorted(kinds)))
