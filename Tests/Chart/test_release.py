"""The chart on a real cluster: installed, upgraded with pulls in flight, uninstalled.

Takes SWIFTLET_IMAGE (the image, where the nodes can pull it from), and what cluster.py takes.
"""

import json
import os
import time
import unittest
from collections import Counter
from pathlib import Path

from cluster import Nodes, eventually, get, kubectl, objects
from helm import CHART, NAMESPACE, ROOT, helm, run

IMAGES = 6
JOBS = "app.kubernetes.io/name=swiftlet,app.kubernetes.io/component=job"


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
        self.assertEqual(pinned > 0, self.nodes.can_pin(), "pins where the runtime has them")
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
