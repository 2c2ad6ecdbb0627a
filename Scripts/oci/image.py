"""An image: layers, a configuration, a manifest, and the folder that the OCI image layout asks for."""

import json
import os
import platform
import time

from .layer import digest_of, epoch

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"


def architecture():
    """This machine's architecture by the name that images use."""
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


def encode(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


class Image:
    def __init__(self, layers, config, machine=None):
        """config: what a container gets by default, by the names of the OCI image configuration (Entrypoint, User…)."""
        self.layers = layers
        self.config = encode(
            {
                "architecture": machine or architecture(),
                "os": "linux",
                "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch())),
                "config": config,
                "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
            }
        )
        self.manifest = encode(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST_TYPE,
                "config": {
                    "mediaType": CONFIG_TYPE,
                    "digest": digest_of(self.config),
                    "size": len(self.config),
                },
                "layers": [layer.descriptor() for layer in layers],
            }
        )
        self.digest = digest_of(self.manifest)

    def blobs(self):
        """Everything that the manifest names, by digest."""
        blobs = {layer.digest: layer.data for layer in self.layers}
        blobs[digest_of(self.config)] = self.config
        return blobs

    def compressed_size(self):
        return len(self.manifest) + sum(len(data) for data in self.blobs().values())

    def write_layout(self, folder, tag):
        """Writes an OCI image layout that holds this image alone."""
        blobs = os.path.join(folder, "blobs", "sha256")
        os.makedirs(blobs)
        for digest, data in {**self.blobs(), self.digest: self.manifest}.items():
            with open(os.path.join(blobs, digest.removeprefix("sha256:")), "wb") as file:
                file.write(data)
        descriptor = {
            "mediaType": MANIFEST_TYPE,
            "digest": self.digest,
            "size": len(self.manifest),
            "annotations": {"org.opencontainers.image.ref.name": tag},
        }
        with open(os.path.join(folder, "index.json"), "wb") as file:
            file.write(encode({"schemaVersion": 2, "manifests": [descriptor]}))
        with open(os.path.join(folder, "oci-layout"), "wb") as file:
            file.write(encode({"imageLayoutVersion": "1.0.0"}))
