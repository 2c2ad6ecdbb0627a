"""Scripts/uninstall on a real cluster on which Scripts/install has installed: nothing stays but what users made.

Takes what cluster.py takes.
"""

import json
import os
import time
import unittest
from pathlib import Path

from cluster import Nodes, get, kubectl, objects
from helm import ROOT, run

IMAGES = 2


class UninstallTest(unittest.TestCase):
    def test_uninstall(self):
        nodes = Nodes()
        references = nodes.push(f"uninstall{int(time.time())}", IMAGES)
        imageset = {
            "apiVersion": "swiftlet.dev/v1",
            "kind": "ImageSet",
            "metadata": {"name": "uninstall"},
            "spec": {"images": [{"image": reference} for reference in references]},
        }
        cache = {
            "apiVersion": "kubefledged.io/v1alpha2",
            "kind": "ImageCache",
            "metadata": {"name": "uninstall", "namespace": "default", "labels": {"app.kubernetes.io/name": "swiftlet"}},
            "spec": {"cacheSpec": [{"images": references[:1]}]},
        }
        file = Path(os.environ["SWIFTLET_CLUSTER_STATE"]) / "uninstall.json"
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [imageset, cache]}), encoding="utf-8")
        kubectl("apply", "-f", str(file))
        # what lets the controller read pull secrets in a namespace is Swiftlet's as well
        role = (ROOT / "docs/examples/pull-secrets-role.yaml").read_text(encoding="utf-8")
        file.write_text(role.replace("NAMESPACE", "default"), encoding="utf-8")
        kubectl("apply", "-f", str(file))
        kubectl("wait", "imageset/uninstall", "imagecache/uninstall", "--for=condition=Ready", "--timeout=60s")
        self.assertEqual(any(nodes.pinned().values()), nodes.can_pin(), "pins where the runtime has them")

        run("Scripts/uninstall")
        left = {"ImageCache/default/uninstall", "CustomResourceDefinition//imagecaches.kubefledged.io"}
        self.assertEqual(self.objects(), left, "an ImageCache is kube-fledged's kind, and stays")
        metadata = get("imagecache", "uninstall", "-n", "default")["metadata"]
        self.assertNotIn("finalizers", metadata)
        self.assertFalse(any(nodes.pinned().values()), "no pin stays")
        for node in nodes.addresses:
            self.assertLessEqual(set(references), nodes.images(node), "images stay")

        kubectl("delete", "imagecache/uninstall", "-n", "default", "--timeout=20s")
        run("Scripts/uninstall")
        self.assertEqual(self.objects(), set(), "once more, now that no ImageCache is left")

    def objects(self) -> set[str]:
        return {path for path in objects() if not path.startswith("APIService/")}


if __name__ == "__main__":
    unittest.main()
