"""The chart on a real cluster: installed, upgraded with pulls in flight, uninstalled.

Takes KUBECONFIG, SWIFTLET_IMAGE (the image, where the nodes can pull it from), SWIFTLET_CLUSTER (the cluster tool),
SWIFTLET_CLUSTER_STATE and SWIFTLET_REGISTRY, as Scripts/test sets them.
"""

import json
import os
import re
import time
import unittest
from collections import Counter
from pathlib import Path

from helm import CHART, NAMESPACE, ROOT, helm, run

IMAGES = 6
JOBS = "app.kubernetes.io/name=swiftlet,app.kubernetes.io/component=job"
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


class ReleaseTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.nodes = Nodes()
        cls.starter = run(
            "Scripts/push-image", cls.nodes.registry, "starter", env={**os.environ, "LAYOUT": ".build-image/starter"}
        ).strip()
        repository, _, tag = os.environ["SWIFTLET_IMAGE"].rpartition(":")
        # how full the machine's disk is, is no matter here
        cls.values = ["--set", f"image.repository={repository},image.tag={tag},agent.maxDiskUsage=99"]

    def release(self, verb: str, *options: str):
        helm(verb, "swiftlet", str(CHART), "--namespace", NAMESPACE, "--wait", "--timeout", "3m", *self.values, *options)

    def start_jobs(self, references: list[str], file: Path):
        """Has Jobs pull in another namespace, where a pull secret is, and returns while they do."""
        role = (ROOT / "docs/examples/jobs-role.yaml").read_text(encoding="utf-8")
        file.write_text(role.replace("NAMESPACE", "default"), encoding="utf-8")
        kubectl("apply", "-f", str(file))
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "chart-login", "namespace": "default"},
            "type": "kubernetes.io/dockerconfigjson",
            "stringData": {".dockerconfigjson": '{"auths": {}}'},
        }
        imageset = {
            "apiVersion": "swiftlet.dev/v1",
            "kind": "ImageSet",
            "metadata": {"name": "chart-jobs"},
            "spec": {
                "images": [{"image": reference} for reference in references],
                "executor": "Jobs",
                "pullSecrets": [{"namespace": "default", "name": "chart-login"}],
            },
        }
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [secret, imageset]}), encoding="utf-8")
        kubectl("apply", "-f", str(file))
        eventually("Jobs pull in another namespace", lambda: len(self.job_pods()) == len(self.nodes.addresses))

    def job_pods(self) -> list[str]:
        items = get("pods", "-n", "default", "-l", JOBS)["items"]
        return [item["metadata"]["name"] for item in items if "deletionTimestamp" not in item["metadata"]]

    def pods(self, component: str) -> set[str]:
        items = get("pods", "-n", NAMESPACE, "-l", f"app.kubernetes.io/component={component}")["items"]
        return {item["metadata"]["uid"] for item in items if "deletionTimestamp" not in item["metadata"]}

    def pods_left(self) -> list[str]:
        items = get("pods", "-n", NAMESPACE)["items"]
        return [item["metadata"]["name"] for item in items if "deletionTimestamp" not in item["metadata"]]

    def inventories(self) -> list[dict]:
        return get("nodeinventories")["items"]

    def states(self) -> Counter:
        found: Counter = Counter()
        for inventory in self.inventories():
            for image in (inventory.get("status", {}).get("images") or {}).values():
                found[image["state"]] += 1
        return found

    def step(self, what: str):
        print(f"chart: {what} after {time.monotonic() - self.began:.0f} s", flush=True)

    def test_install_upgrade_uninstall(self):
        self.began = time.monotonic()
        before = objects()
        self.assertEqual(before, set(), "Swiftlet must not be installed here")
        pins = self.nodes.pinned()
        self.addCleanup(run, self.nodes.tool, "registry", "slow", "off")

        kubectl("apply", "-f", "deploy/namespace.yaml")
        self.release("install")
        self.step("installed")
        # no node has them from an earlier run
        references = self.nodes.push(f"chart{int(time.time())}", IMAGES)
        pairs = IMAGES * len(self.nodes.addresses)
        started = len(self.nodes.log.read_bytes())
        run(self.nodes.tool, "registry", "slow", "60mbit")
        manifest = {
            "apiVersion": "swiftlet.dev/v1",
            "kind": "ImageSet",
            "metadata": {"name": "chart"},
            "spec": {"images": [{"image": reference} for reference in references]},
        }
        file = Path(os.environ["SWIFTLET_CLUSTER_STATE"]) / "chart-imageset.json"
        file.write_text(json.dumps(manifest), encoding="utf-8")
        kubectl("apply", "-f", str(file))

        # some images are there, some on their way, some wait
        states = eventually(
            "pulls are in flight", lambda: (s := self.states()).get("Present") and s.get("Pulling") and s, seconds=60
        )
        in_flight = states["Pulling"]
        there = {node: self.nodes.images(node) & set(references) for node in self.nodes.addresses}
        old = {part: self.pods(part) for part in ("controller", "agent")}
        upgraded = len(self.nodes.log.read_bytes())
        # every pod at once, so that every pull is cut off
        self.release(
            "upgrade",
            "--set-string=controller.podAnnotations.try=2,agent.podAnnotations.try=2",
            "--set=agent.updateStrategy.rollingUpdate.maxUnavailable=100%",
            f"--set=controller.extraArgs={{--executor=Auto,--job-starter-image={self.starter}}}",
        )
        for part, pods in old.items():
            eventually(f"every {part} is new", lambda p=part, o=pods: len(n := self.pods(p)) == len(o) and not n & o)
        run(self.nodes.tool, "registry", "slow", "off")
        eventually("every image is on every node", lambda: self.states() == {"Present": pairs})
        kubectl("wait", "imageset/chart", "--for=condition=Ready", "--timeout=60s")
        for node, address in self.nodes.addresses.items():
            self.assertLessEqual(set(references), self.nodes.images(node))
            # what was there when the upgrade began is asked for by nobody again
            again = {key for key in self.nodes.layers(upgraded) if key[0] == address}
            names = {reference.rpartition("/")[2].split(":")[0] for reference in there[node]}
            self.assertFalse([key for key in again if key[1] in names], f"{node} pulled again what it had")
        # nothing twice, but for what was cut off on each node: two layers and the configuration of a pull
        twice = sum(count - 1 for count in self.nodes.layers(started).values())
        self.assertLessEqual(twice, max(in_flight, len(self.nodes.addresses)) * 3)
        pinned = sum(len(names) for names in self.nodes.pinned().values()) - sum(len(names) for names in pins.values())
        features = (inventory["status"].get("runtime", {}).get("features") or [] for inventory in self.inventories())
        self.assertEqual(pinned > 0, any("pins" in names for names in features), "pins where the runtime has them")
        self.step(f"upgraded with {in_flight} pulls in flight, {twice} of {pairs * 3} blobs sent twice; {pinned} pins,")

        # one of kube-fledged's kind, with a finalizer that only a controller takes off
        cache = {
            "apiVersion": "kubefledged.io/v1alpha2",
            "kind": "ImageCache",
            "metadata": {"name": "cache", "namespace": NAMESPACE, "labels": {"app.kubernetes.io/name": "swiftlet"}},
            "spec": {"cacheSpec": [{"images": references[:1]}]},
        }
        file.write_text(json.dumps(cache), encoding="utf-8")
        kubectl("apply", "-f", str(file))
        eventually("the cache has a finalizer", lambda: get("imagecache", "cache", "-n", NAMESPACE)["metadata"].get("finalizers"))
        # and Jobs outside of Swiftlet's namespace
        private = self.nodes.push(f"private{int(time.time())}", 1)
        run(self.nodes.tool, "registry", "slow", "500kbit")
        self.start_jobs(private, file)
        helm("uninstall", "swiftlet", "--namespace", NAMESPACE, "--wait", "--timeout", "3m")
        self.step("uninstalled")
        self.assertEqual(get("jobs", "--all-namespaces", "-l", JOBS)["items"], [])
        eventually("every pod was told to end", lambda: not self.pods_left() and not self.job_pods())
        # what users made
        kubectl("delete", "-n", "default", "role/swiftlet-jobs", "rolebinding/swiftlet-jobs", "secret/chart-login")
        kept = {path for path in objects() if not path.startswith("APIService/")}
        definitions = sorted(file.stem for file in (CHART / "files/crds").glob("*.yaml"))
        self.assertEqual(kept, {f"CustomResourceDefinition//{name}" for name in definitions} | {f"ImageCache/{NAMESPACE}/cache"})
        self.assertNotIn("finalizers", get("imagecache", "cache", "-n", NAMESPACE)["metadata"])
        self.assertEqual(self.inventories(), [])
        self.assertEqual([item["metadata"]["name"] for item in get("imagesets")["items"]], ["chart", "chart-jobs"])
        self.assertNotIn("finalizers", get("imageset", "chart")["metadata"])
        self.assertEqual(self.nodes.pinned(), pins, "no pin stays")
        for node in self.nodes.addresses:
            self.assertLessEqual(set(references), self.nodes.images(node), "images stay")
            self.assertNotIn("\nledger.json\n", "\n" + self.nodes.on(node, "ls", "-1", "/var/lib/swiftlet") + "\n")

        self.step("pods were told to end")
        kubectl("delete", "crd", *definitions)
        eventually("nothing is left", lambda: not objects(), seconds=30)


if __name__ == "__main__":
    unittest.main()
