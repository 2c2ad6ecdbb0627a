"""The cluster that tests of the chart and of the manifests run on.

Takes KUBECONFIG, SWIFTLET_CLUSTER (the cluster tool), SWIFTLET_CLUSTER_STATE and SWIFTLET_REGISTRY, as Scripts/test-nodes
sets them.
"""

import json
import os
import re
import time
from collections import Counter
from pathlib import Path

from helm import run

# What a namespace has by itself, and what tells of the past.
NOT_OURS = re.compile(r"^(events(\.events\.k8s\.io)?|endpointslices\..*|namespaces)/")
OF_EVERY_NAMESPACE = re.compile(r"/(kube-root-ca\.crt|openshift-service-ca\.crt|default|default-token-\w+)$")


def kubectl(*arguments: str) -> str:
    return run("kubectl", *arguments)


def get(*arguments: str) -> dict:
    return json.loads(kubectl("get", *arguments, "-o", "json"))


def eventually(what: str, condition, seconds: float = 90):
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(0.2)


class Nodes:
    """The cluster's nodes and its registry."""

    def __init__(self):
        self.tool = os.environ["SWIFTLET_CLUSTER"]
        self.registry = os.environ["SWIFTLET_REGISTRY"]
        self.log = Path(os.environ["SWIFTLET_CLUSTER_STATE"]) / "log/registry.log"
        self.addresses = {
            node["metadata"]["name"]: next(a["address"] for a in node["status"]["addresses"] if a["type"] == "InternalIP")
            for node in get("nodes")["items"]
        }

    def on(self, node: str, *command: str) -> str:
        return run(self.tool, "on", node, *command)

    def push(self, name: str, count: int) -> list[str]:
        run(self.tool, "image", f"{self.registry}/{name}:1", "--count", str(count), "--size", "4", "--layers", "2")
        return [f"{self.registry}/{name}-{number}:1" for number in range(1, count + 1)]

    def images(self, node: str) -> set[str]:
        return set(self.on(node, "ctr", "-n", "k8s.io", "images", "ls", "-q").split())

    def pinned(self) -> dict[str, set[str]]:
        """By node, the digests of what is pinned, but for the sandbox's image, which containerd pins with the first pod."""
        label = 'labels."io.cri-containerd.pinned"==pinned'
        found = {}
        for node in self.addresses:
            table = self.on(node, "ctr", "-n", "k8s.io", "images", "ls", label).splitlines()[1:]
            digests = {name: digest for name, _, digest, *_ in map(str.split, table)}
            sandbox = {digest for name, digest in digests.items() if "/pause" in name}
            found[node] = set(digests.values()) - sandbox
        return found

    def can_pin(self) -> bool:
        """Whether any node's runtime knows pins, as its agent says."""
        statuses = (inventory.get("status", {}) for inventory in get("nodeinventories")["items"])
        return any("pins" in (status.get("runtime", {}).get("features") or []) for status in statuses)

    def layers(self, start: int) -> Counter:
        """How often each node got each blob as a whole since `start` bytes of the log, by repository."""
        found: Counter = Counter()
        line = r'^(\S+) .*"GET /v2/(\S+)/blobs/(\S+) HTTP/[^"]*" 200 '
        for match in re.finditer(line, self.log.read_bytes()[start:].decode(), flags=re.MULTILINE):
            found[match.groups()] += 1
        return found


def objects() -> set[str]:
    """Everything in the cluster that has to do with Swiftlet and isn't about to go: by kind, namespace and name."""
    found = set()
    resources = kubectl("api-resources", "--verbs=list", "-o", "name").split()
    resources = [name for name in resources if not NOT_OURS.match(name + "/")]
    for item in get(",".join(resources), "--all-namespaces")["items"]:
        metadata = item["metadata"]
        path = f"{item['kind']}/{metadata.get('namespace', '')}/{metadata['name']}"
        labels = metadata.get("labels") or {}
        ours = "swiftlet" in path or labels.get("app.kubernetes.io/name") == "swiftlet"
        # a pod may take its time to end
        if ours and not OF_EVERY_NAMESPACE.search(path) and "deletionTimestamp" not in metadata:
            found.add(path)
    return found
