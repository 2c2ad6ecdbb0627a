"""What is asked of the API server while nothing changes, one refresh and one change of the leader included."""

import collections
import datetime
import os
import signal
import sys
import time

from apilog import AuditLog
from tools import NAMESPACE, Process, get, kubectl, until

LEASE = "swiftlet-controller"
SETTLE = 30  # seconds from the creation of the object to the window


def stamp(seconds):
    """Seconds since 1970 as the audit log writes times."""
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parsed(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def leader():
    """The pod that holds the lease; the identity in it is the pod's name and something random."""
    return get("lease", LEASE, "-n", NAMESPACE)["spec"].get("holderIdentity", "").split("_")[0]


def change_leader():
    """Makes the other replica lead without anything else happening: no pod is replaced, and no probe fails.

    The leader sleeps for some seconds while the lease, which is given to nobody that exists, is taken over.
    """
    before = leader()
    process = next((process for process in Process.all()
                    if process.component == "controller" and process.variable("POD_NAME") == before), None)
    if process is None:
        sys.exit(f"the leader {before} is no process of this machine")
    os.kill(process.pid, signal.SIGSTOP)
    try:
        kubectl("patch", "lease", LEASE, "-n", NAMESPACE, "--type=merge", "-p",
                '{"spec": {"holderIdentity": "bench", "leaseDurationSeconds": 1}}')
        after = until(12, "another replica leads", lambda: (name := leader()) not in ("", "bench", before) and name)
    finally:
        os.kill(process.pid, signal.SIGCONT)
    print(f"leader: {before}, then {after}", flush=True)


def measure(name, kind, executor, references, seconds):
    interval = max(10, int(SETTLE + seconds / 2))  # one refresh in the middle of the window, the next one after it
    kind.apply(name, references, interval)
    created = parsed(get(kind.resource, name)["metadata"]["creationTimestamp"])
    kind.ready(name)
    time.sleep(max(0, created + SETTLE - time.time()))
    log, begin = AuditLog(), time.time()
    due = created + interval
    if not begin + seconds / 4 < due < begin + seconds - 10:
        sys.exit(f"the images came too slowly for one refresh in {seconds:g} s")
    print(f"at rest for {seconds:g} s, with a change of the leader after {seconds / 4:g} s and a refresh after "
          f"{due - begin:.0f} s", flush=True)
    time.sleep(max(0, begin + seconds / 4 - time.time()))
    changed = time.time()
    change_leader()
    time.sleep(max(0, due - time.time()))
    kind.refresh(name)
    time.sleep(max(0, begin + seconds - time.time()))
    refreshed = executor.checked()
    if kind.compares and (not refreshed or any(not checked or parsed(checked) < due - 1 for checked in refreshed)):
        sys.exit(f"not every image was refreshed at {stamp(due)}: {sorted(set(refreshed))[:3]}")
    kind.delete(name)
    executor.nothing_left()
    return figures(log.requests(stamp(begin), stamp(begin + seconds)), seconds, stamp(changed), stamp(due - 1))


def figures(requests, seconds, changed, due):
    """What was asked for by whom. After the change of the leader is before the refresh."""
    own = [request for request in requests if request.own]
    writes = [request for request in own if request.is_write]
    table(own)
    return {
        "rest_s": seconds,
        "rest_writes": len(writes),
        "rest_idle_writes": sum(request.time < changed for request in writes),
        "rest_leader_writes": sum(changed <= request.time < due for request in writes),
        "rest_refresh_writes": sum(due <= request.time for request in writes),
        "rest_requests": len(own),
        "rest_lease_writes": sum(request.is_lease and request.verb != "get" for request in own),
        "rest_lease_requests": sum(request.is_lease for request in own),
        "rest_other_writes": sum(request.is_write and not request.own for request in requests),
    }


def table(own):
    counts = collections.Counter((request.user, request.verb, request.resource) for request in own)
    for (user, verb, resource), number in counts.most_common():
        print(f"{number:>6}  {user} {verb} {resource}")
