"""Pushes images straight into a registry without TLS: one connection a thread, nothing sent twice."""

import http.client
import threading
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

from .image import MANIFEST_TYPE


def split_reference(reference):
    """host, repository and tag of a reference that names all three or leaves the tag out."""
    host, slash, rest = reference.partition("/")
    if not slash or not rest or "@" in rest or not (":" in host or "." in host or host == "localhost"):
        raise ValueError(f"{reference!r} isn't HOST/REPOSITORY:TAG")
    repository, colon, tag = rest.rpartition(":")
    return (host, repository, tag) if colon else (host, rest, "latest")


class PushError(Exception):
    pass


class Registry:
    def __init__(self, host, timeout=60):
        self._host = host
        self._timeout = timeout
        self._local = threading.local()
        self._lock = threading.Lock()
        self._repository_of = {}

    def _request(self, method, path, wanted, body=b"", headers=None):
        """One request; a connection that the registry closed meanwhile is opened again once."""
        for last in (False, True):
            connection = getattr(self._local, "connection", None)
            if connection is None:
                connection = self._local.connection = http.client.HTTPConnection(self._host, timeout=self._timeout)
            try:
                connection.request(method, path, body, headers or {})
                response = connection.getresponse()
                content = response.read()
                break
            except (http.client.HTTPException, OSError) as error:
                connection.close()
                self._local.connection = None
                if last or isinstance(error, TimeoutError):
                    raise PushError(f"{method} http://{self._host}{path}: {error}") from error
        if response.status not in wanted:
            raise PushError(f"{method} http://{self._host}{path}: {response.status} {content[:200]!r}")
        return response

    def _put_blob(self, repository, digest, data):
        if self._request("HEAD", f"/v2/{repository}/blobs/{digest}", (200, 404)).status == 200:
            return
        with self._lock:
            known = self._repository_of.get(digest)
        start = f"/v2/{repository}/blobs/uploads/"
        if known and known != repository:
            start += "?" + urllib.parse.urlencode({"mount": digest, "from": known})
        response = self._request("POST", start, (201, 202))
        if response.status == 202:
            place = urllib.parse.urlsplit(response.getheader("Location"))
            query = urllib.parse.parse_qsl(place.query) + [("digest", digest)]
            path = place.path + "?" + urllib.parse.urlencode(query)
            self._request("PUT", path, (201,), data, {"Content-Type": "application/octet-stream"})
        with self._lock:
            self._repository_of[digest] = repository

    def put_manifest(self, repository, tag, manifest, media_type):
        path = f"/v2/{repository}/manifests/{tag}"
        self._request("PUT", path, (201,), manifest, {"Content-Type": media_type})

    def push(self, repository, tag, image):
        for digest, data in image.blobs().items():
            self._put_blob(repository, digest, data)
        self.put_manifest(repository, tag, image.manifest, MANIFEST_TYPE)


def push(reference, image):
    host, repository, tag = split_reference(reference)
    Registry(host).push(repository, tag, image)


def push_all(references, make, threads=4):
    """Makes and pushes an image for each reference (all of the same registry), some at a time; returns the digests."""
    hosts = {split_reference(reference)[0] for reference in references}
    registries = {host: Registry(host) for host in hosts}

    def one(reference):
        host, repository, tag = split_reference(reference)
        image = make(reference)
        registries[host].push(repository, tag, image)
        return image.digest

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, references))
