"""Commands, and what is known of the cluster and of the processes on this machine."""

import json
import os
import re
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
CLUSTER = os.path.join(TOP, "cluster", "cluster")
NAMESPACE = "swiftlet-system"


def run(*command, text=None):
    """Runs a command, without a shell, and returns what it printed."""
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()[-1000:]}")
    return done.stdout


def kubectl(*arguments, text=None):
    return run("kubectl", *arguments, text=text)


def get(*arguments):
    return json.loads(kubectl("get", *arguments, "-o", "json"))


def until(seconds, what, look, every=0.2):
    """Looks again and again until there is something to return; ends the program when there is nothing in time."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found is not None and found is not False:
            return found
        if time.monotonic() > end:
            sys.exit(f"gave up after {seconds} s: {what}")
        time.sleep(every)


def need_cluster(executor):
    """Takes the local cluster where KUBECONFIG names none, and says what runs on it; agents that would pull in
    the executor's place, or are missing, end the program."""
    if "KUBECONFIG" not in os.environ:
        os.environ["KUBECONFIG"] = run(CLUSTER, "kubeconfig").strip()
    agents = bool(get("daemonsets", "-n", NAMESPACE)["items"])
    if agents != executor.has_agents:
        sys.exit(f"EXECUTOR={executor.name} with {'' if agents else 'no '}agents: run Scripts/install with it first")
    version = json.loads(kubectl("version", "-o", "json"))["serverVersion"]["gitVersion"]
    return version, get("nodes")["items"][0]["status"]["nodeInfo"]["containerRuntimeVersion"]


class Process:
    """A controller or an agent: a process of this machine, as its nodes are."""

    def __init__(self, pid, component):
        self.pid, self.component = pid, component

    @staticmethod
    def all():
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read().decode(errors="replace").split("\0")
            except OSError:
                continue
            if os.path.basename(words[0]) == "swiftlet" and len(words) > 1 and words[1] in ("controller", "agent"):
                found.append(Process(int(pid), words[1]))
        return found

    def variable(self, name):
        with open(f"/proc/{self.pid}/environ", "rb") as file:
            for entry in file.read().decode(errors="replace").split("\0"):
                if entry.startswith(f"{name}="):
                    return entry[len(name) + 1:]
        return None

    def _stat(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()

    def cpu_seconds(self):
        fields = self._stat()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def started(self):
        """When it was started, in seconds since 1970."""
        with open("/proc/uptime", encoding="ascii") as file:
            uptime = float(file.read().split()[0])
        return time.time() - uptime + int(self._stat()[19]) / os.sysconf("SC_CLK_TCK")

    def peak_rss_mb(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read())[1]) * 1024 / 1e6


def show(result):
    for key, value in result.items():
        print(f"{key:>26}  {value}")


def save(result, path):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=2)
        file.write("\n")
