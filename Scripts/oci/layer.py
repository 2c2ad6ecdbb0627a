"""Layers: the same files always give the same bytes."""

import gzip
import hashlib
import io
import os
import stat
import tarfile
from pathlib import PurePosixPath

MEDIA_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"


def epoch():
    """The time that files get: SOURCE_DATE_EPOCH, or 1970."""
    return int(os.environ.get("SOURCE_DATE_EPOCH", "0"))


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Layer:
    """A compressed layer with the digests that a manifest and a configuration name it by."""

    def __init__(self, tar_bytes, compression):
        self.diff_id = digest_of(tar_bytes)
        self.data = gzip.compress(tar_bytes, compression, mtime=0)
        self.digest = digest_of(self.data)

    def descriptor(self):
        return {"mediaType": MEDIA_TYPE, "digest": self.digest, "size": len(self.data)}


class LayerBuilder:
    """Collects files by their path in the image, in any order, and writes them sorted."""

    def __init__(self):
        self._entries = {}

    def __contains__(self, path):
        return self._name(path) in self._entries

    @staticmethod
    def _name(path):
        return str(PurePosixPath("/") / path).lstrip("/")

    def _add(self, path, kind, mode, data=b"", target="", owner=0):
        name = self._name(path)
        for parent in reversed(PurePosixPath(name).parents):
            if str(parent) not in (".", "/") and str(parent) not in self._entries:
                self._entries[str(parent)] = (tarfile.DIRTYPE, 0o755, b"", "", 0)
        self._entries[name] = (kind, mode, data, target, owner)

    def add_bytes(self, path, data, mode=0o644, owner=0):
        self._add(path, tarfile.REGTYPE, mode, data=data, owner=owner)

    def add_folder(self, path, mode=0o755, owner=0):
        self._add(path, tarfile.DIRTYPE, mode, owner=owner)

    def add_link(self, path, target):
        self._add(path, tarfile.SYMTYPE, 0o777, target=target)

    def add_file(self, source, path):
        """Adds a file's content; a symbolic link is followed."""
        with open(source, "rb") as file:
            mode = 0o755 if os.fstat(file.fileno()).st_mode & stat.S_IXUSR else 0o644
            self.add_bytes(path, file.read(), mode)

    def add_tree(self, source, path, skip=lambda relative: False):
        """Adds a folder with everything below it, links as links."""
        self.add_folder(path)
        for folder, folders, files in os.walk(source):
            folders.sort()
            for name in sorted(files + [f for f in folders if os.path.islink(os.path.join(folder, f))]):
                full = os.path.join(folder, name)
                relative = os.path.relpath(full, source)
                if skip(relative):
                    continue
                if os.path.islink(full):
                    self.add_link(os.path.join(path, relative), os.readlink(full))
                elif os.path.isfile(full):
                    self.add_file(full, os.path.join(path, relative))

    def build(self, compression=6):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name in sorted(self._entries):
                kind, mode, data, target, owner = self._entries[name]
                info = tarfile.TarInfo(name)
                info.type, info.mode, info.size, info.linkname = kind, mode, len(data), target
                info.uid = info.gid = owner
                info.mtime = epoch()
                tar.addfile(info, io.BytesIO(data) if kind == tarfile.REGTYPE else None)
        return Layer(buffer.getvalue(), compression)
