"""Checks Kubernetes objects from standard input: fields that exist, names and labels of the right form, and what must agree.

Prints a line for each mistake. It knows only the kinds and fields that packaging/kubernetes uses, from the API reference of
Kubernetes 1.32; a field that is misspelt or put in the wrong place is one that it does not know.
"""
import re
import sys

import yaml

METADATA = {"name": str, "namespace": str, "labels": dict}
CONTAINER = {
    "name": str, "image": str, "args": list,
    "env": [{"name": str, "value": str, "valueFrom": {"fieldRef": {"fieldPath": str}}}],
    "readinessProbe": {"exec": {"command": list}, "periodSeconds": int, "timeoutSeconds": int},
    "resources": {"requests": {"cpu": str, "memory": str}, "limits": {"memory": str}},
    "securityContext": {
        "runAsUser": int, "privileged": bool, "allowPrivilegeEscalation": bool, "readOnlyRootFilesystem": bool,
        "capabilities": {"drop": list, "add": list}, "seccompProfile": {"type": str}, "seLinuxOptions": {"type": str}},
    "volumeMounts": [{"name": str, "mountPath": str, "mountPropagation": str}],
}
POD = {
    "serviceAccountName": str, "automountServiceAccountToken": bool, "nodeSelector": dict,
    "tolerations": [{"operator": str}], "hostPID": bool, "terminationGracePeriodSeconds": int, "containers": [CONTAINER],
    "volumes": [{"name": str, "hostPath": {"path": str, "type": str}, "emptyDir": {"sizeLimit": str}}],
}
KINDS = {
    ("v1", "Namespace"): {},
    ("v1", "ServiceAccount"): {"automountServiceAccountToken": bool},
    ("rbac.authorization.k8s.io/v1", "ClusterRole"): {"rules": [{"apiGroups": list, "resources": list, "verbs": list}]},
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"): {
        "roleRef": {"apiGroup": str, "kind": str, "name": str},
        "subjects": [{"kind": str, "name": str, "namespace": str}]},
    ("node.k8s.io/v1", "RuntimeClass"): {"handler": str, "scheduling": {"nodeSelector": dict}},
    ("apps/v1", "DaemonSet"): {"spec": {
        "selector": {"matchLabels": dict},
        "updateStrategy": {"type": str, "rollingUpdate": {"maxUnavailable": int}},
        "template": {"metadata": METADATA, "spec": POD}}},
}
NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
LABEL = re.compile(r"([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")


class OneOfEach(yaml.SafeLoader):
    """Refuses a key that is given twice, as the API server does."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key) for key, _ in node.value]
        if len(keys) != len(set(keys)):
            raise yaml.YAMLError(f"a key is given twice, line {node.start_mark.line + 1}")
        return super().construct_mapping(node, deep)


mistakes = []


def fields(value, known, path):
    if isinstance(known, dict):
        if not isinstance(value, dict):
            mistakes.append(f"{path}: not a mapping")
            return
        for key, below in value.items():
            if key in known:
                fields(below, known[key], f"{path}.{key}")
            else:
                mistakes.append(f"{path}.{key}: no such field")
    elif isinstance(known, list):
        for number, below in enumerate(value):
            fields(below, known[0], f"{path}[{number}]")
    elif type(value) is not known:
        mistakes.append(f"{path}: {value!r} is not of type {known.__name__}")
    elif known is dict:
        for key, label in value.items():
            if not LABEL.fullmatch(key) or not isinstance(label, str) or not (label == "" or LABEL.fullmatch(label)):
                mistakes.append(f"{path}: {key!r}: {label!r} is not a label")


def daemonset(one, objects):
    path, spec = one["metadata"]["name"], one["spec"]
    pod = spec["template"]["spec"]
    labels = spec["template"]["metadata"]["labels"]
    if not spec["selector"]["matchLabels"].items() <= labels.items():
        mistakes.append(f"{path}: the selector does not match the pods")
    for other in objects:
        if other is not one and other["kind"] == "DaemonSet" and other["spec"]["selector"]["matchLabels"].items() <= labels.items():
            mistakes.append(f"{path}: {other['metadata']['name']} selects its pods as well")
    volumes = {volume["name"] for volume in pod["volumes"]}
    for container in pod["containers"]:
        if {mount["name"] for mount in container["volumeMounts"]} != volumes:
            mistakes.append(f"{path}: volumes and mounts differ")
        what = container["args"][1]
        if container["args"][0] != "serve" or container["readinessProbe"]["exec"]["command"][-2:] != ["check", what]:
            mistakes.append(f"{path}: the probe does not check what the pod serves")
    for kind, name in (("ServiceAccount", pod["serviceAccountName"]), ("Namespace", one["metadata"]["namespace"])):
        if not any(other["kind"] == kind and other["metadata"]["name"] == name for other in objects):
            mistakes.append(f"{path}: no {kind} {name}")


objects = [one for one in yaml.load_all(sys.stdin, OneOfEach) if one]
for one in objects:
    known = KINDS.get((one.get("apiVersion"), one.get("kind")))
    path = f"{one.get('kind')} {one['metadata'].get('name')}"
    if known is None:
        mistakes.append(f"{path}: no such kind in {one.get('apiVersion')}")
        continue
    fields(one, {"apiVersion": str, "kind": str, "metadata": METADATA, **known}, path)
    if not NAME.fullmatch(one["metadata"]["name"]):
        mistakes.append(f"{path}: not a name")
for one in objects:
    if one.get("kind") == "DaemonSet":
        daemonset(one, objects)
print("\n".join(mistakes + [f"{len(objects)} objects, {len(mistakes)} mistakes"]))
sys.exit(bool(mistakes))
