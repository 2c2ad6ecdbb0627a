"""What the API server was asked for: by its own counters, and by its audit log, which knows who asked."""

import json
import os
import re
import sys

from tools import NAMESPACE, kubectl

WRITES = ("create", "update", "patch", "delete", "deletecollection")
REVIEWS = ("tokenreviews", "subjectaccessreviews", "selfsubjectaccessreviews")  # answers to questions: no writes


def counted_writes():
    """Writes so far, of all clients, without leases: what kubelets and the rest write because of it counts."""
    total = 0
    for line in kubectl("get", "--raw", "/metrics").splitlines():
        match = re.match(r"apiserver_request_total\{(.*)\} (\S+)$", line)
        if not match or not re.search(r'verb="(POST|PUT|PATCH|DELETE)"', match[1]):
            continue
        if not re.search(rf'resource="(leases|{"|".join(REVIEWS)})"', match[1]):
            total += float(match[2])
    return int(total)


class Request:
    def __init__(self, entry):
        place = entry.get("objectRef", {})
        self.time = entry["requestReceivedTimestamp"]  # texts that sort as times do
        self.own = entry["user"]["username"].startswith(f"system:serviceaccount:{NAMESPACE}:swiftlet-")
        self.user = entry["user"]["username"].rsplit(":", 1)[-1]
        self.verb = entry["verb"]
        self.resource = "/".join(filter(None, (place.get("resource"), place.get("subresource")))) or "other"
        self.is_lease = place.get("resource") == "leases"
        self.is_write = self.verb in WRITES and place.get("resource") not in REVIEWS and not self.is_lease


class AuditLog:
    """The local cluster's audit log, from now on."""

    def __init__(self):
        self.path = os.path.join(os.path.dirname(os.environ["KUBECONFIG"]), "log", "audit.jsonl")
        if not os.path.exists(self.path):
            sys.exit(f"no audit log at {self.path}: start the cluster anew with cluster/cluster")
        self.offset = os.path.getsize(self.path)

    def requests(self, begin, end):
        """Each request that came in between the two times, once: a watch is logged at its start and at its end."""
        found = {}
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            for line in file:
                entry = json.loads(line)
                if begin <= entry["requestReceivedTimestamp"] < end:
                    found[entry["auditID"]] = Request(entry)
        return list(found.values())
