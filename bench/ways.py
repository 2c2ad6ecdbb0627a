"""What can be measured: which kind of object is applied (KIND), and who carries it out (EXECUTOR)."""

import subprocess
import sys
import time

from tools import CLUSTER, get, kubectl, run, until


class ImageSet:
    """One ImageSet with all the images, for all nodes."""

    name = "ImageSet"
    resource = "imageset"
    compares = True  # a refresh compares every image with the registry

    @staticmethod
    def manifest(name, references, refresh=None):
        images = "\n".join(f"  - image: {reference}" for reference in references)
        interval = f"\n  refreshInterval: {refresh}s" if refresh else ""
        return (f"apiVersion: swiftlet.dev/v1\nkind: ImageSet\nmetadata: {{name: {name}}}\n"
                f"spec:\n  images:\n{images}{interval}\n")

    def apply(self, name, references, refresh=None):
        kubectl("apply", "-f", "-", text=self.manifest(name, references, refresh))

    def ready(self, name):
        """Waits until the object says itself that all is there; returns when it did, in seconds since 1970."""
        watch = subprocess.Popen(
            ["kubectl", "get", self.resource, name, "-w", "-o",
             'jsonpath={.status.conditions[?(@.type=="Ready")].status}{"\\n"}'],
            stdout=subprocess.PIPE, text=True)
        try:
            for line in watch.stdout:
                if line.strip() == "True":
                    return time.time()
        finally:
            watch.terminate()
            watch.wait()
        sys.exit(f"the {self.name} never said that it was ready")

    def refresh(self, name):
        """Asks for a refresh where it doesn't come by itself."""

    def delete(self, name):
        kubectl("delete", self.resource, name, "--wait=true")


class ImageCache(ImageSet):
    """One ImageCache of kube-fledged's with all the images, for all nodes."""

    name = "ImageCache"
    resource = "imagecache"
    compares = False  # images with a tag of their own don't follow it

    @staticmethod
    def manifest(name, references, refresh=None):
        images = "\n".join(f"    - {reference}" for reference in references)
        return (f"apiVersion: kubefledged.io/v1alpha2\nkind: ImageCache\nmetadata: {{name: {name}, namespace: default}}\n"
                f"spec:\n  cacheSpec:\n  - images:\n{images}\n")

    def refresh(self, name):
        kubectl("annotate", self.resource, name, "kubefledged.io/refresh-imagecache=")


class Agent:
    """Swiftlet's own agents: the DaemonSet that the manifests install."""

    name = "Agent"
    has_agents = True

    @staticmethod
    def nothing_left():
        """Waits until what was pulled has been removed."""
        def look():
            items = get("nodeinventories")["items"]
            return not any(item.get("status", {}).get("images") for item in items)
        until(300, "the images were removed", look, every=0.5)

    @staticmethod
    def checked():
        """When each image was last compared with the registry, on whichever node: one tells for all nodes."""
        last = {}
        for item in get("nodeinventories")["items"]:
            for name, image in (item.get("status", {}).get("images") or {}).items():
                last[name] = max(last.get(name, ""), image.get("checkedAt", ""))  # texts that sort as times do
        return list(last.values())


class Jobs(Agent):
    """Kubernetes Jobs, on a cluster without agents."""

    name = "Jobs"
    has_agents = False

    @staticmethod
    def nothing_left():
        """Also waits until kubelets have cleared away the containers of the Jobs: they hold layers that the next pull
        would find unpacked already, whoever makes it."""
        Agent.nothing_left()
        pods = 'labels."io.kubernetes.pod.name"~="^swiftlet-pull-"'
        def look():
            return not any(run(CLUSTER, "on", item["metadata"]["name"], "ctr", "-n", "k8s.io", "containers", "ls", "-q", pods).strip()
                           for item in get("nodes")["items"])
        until(300, "the Jobs' containers were cleared away", look, every=2)


KINDS = {kind.name: kind for kind in (ImageSet(), ImageCache())}
EXECUTORS = {executor.name: executor for executor in (Agent(), Jobs())}


def choose(variable, value, known):
    if value not in known:
        print(f"{variable}={value} is none of: {', '.join(sorted(known))}", file=sys.stderr)
        sys.exit(2)
    return known[value]
