"""Takes programs out of Debian's packages without installing them."""

import os
import re
import shutil
import subprocess
import tempfile


class PackageError(Exception):
    pass


def _run(command, cwd=None):
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if result.returncode:
        raise PackageError(f"{' '.join(command)}: {result.stderr.strip()[-400:]}")
    return result.stdout


# Packages that hold what a program loads when it starts; the others (scripts, documentation, services) aren't needed.
_LIBRARY = re.compile(r"^(lib|lua-|zlib1g)")


def _paragraphs(text):
    """The fields of each package in apt's output, by the package's name."""
    packages = {}
    for paragraph in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if re.match(r"[A-Za-z-]+: ", line))
        if "Package" in fields:
            packages.setdefault(fields["Package"], fields)
    return packages


class Packages:
    """Packages unpacked into a folder, each version once. apt is slow to start: it is asked for many at a time."""

    def __init__(self, cache):
        self._cache = cache
        self._known = {}
        os.makedirs(cache, exist_ok=True)

    def _describe(self, names):
        """Learns the fields of packages; fetches apt's lists when they're missing."""
        wanted = [name for name in names if name not in self._known]
        if not wanted:
            return
        command = ["apt-cache", "show", "--no-all-versions", *wanted]
        try:
            self._known.update(_paragraphs(_run(command)))
        except PackageError:
            _run(["apt-get", "-o", "DPkg::Lock::Timeout=600", "update", "-qq"])
            self._known.update(_paragraphs(_run(command)))
        missing = [name for name in wanted if name not in self._known]
        if missing:
            raise PackageError(f"apt knows no package {', '.join(missing)}")

    def libraries_of(self, packages):
        """The packages and, again and again, the library packages that they depend on."""
        found, waiting = [], list(packages)
        while waiting:
            self._describe(waiting)
            found += waiting
            dependencies = []
            for package in waiting:
                fields = self._known[package]
                for dependency in (fields.get("Depends", "") + "," + fields.get("Pre-Depends", "")).split(","):
                    name = re.split(r"[ :(|]", dependency.strip(), maxsplit=1)[0]
                    if _LIBRARY.match(name) and name not in found and name not in dependencies:
                        dependencies.append(name)
            waiting = dependencies
        return found

    def _folder(self, package):
        version = re.sub(r"[^0-9A-Za-z.+~-]", "_", self._known[package]["Version"])
        return os.path.join(self._cache, f"{package}_{version}")

    def unpack(self, packages):
        """Downloads and unpacks what isn't there yet; returns the folders."""
        self._describe(packages)
        wanted = [package for package in packages if not os.path.isdir(self._folder(package))]
        if wanted:
            made = tempfile.mkdtemp(dir=self._cache)
            try:
                _run(["apt-get", "-o", "APT::Sandbox::User=root", "download", "-qq", *wanted], cwd=made)
                for archive in sorted(name for name in os.listdir(made) if name.endswith(".deb")):
                    root = os.path.join(made, "root")
                    _run(["dpkg", "-x", os.path.join(made, archive), root])
                    os.rename(root, self._folder(archive.partition("_")[0]))
            finally:
                shutil.rmtree(made, ignore_errors=True)
        return [self._folder(package) for package in packages]

    def merge(self, packages, target):
        """Unpacks all of them into one root."""
        for folder in self.unpack(packages):
            shutil.copytree(folder, target, symlinks=True, dirs_exist_ok=True)


def shared_libraries(root, program, loader):
    """The files that the dynamic loader takes for a program below root, by the name they're looked up by."""
    folders = []
    for folder, _, files in os.walk(os.path.join(root, "usr", "lib")):
        if any(".so" in name for name in files):
            folders.append(folder)
    folders += [os.path.join(root, "lib", name) for name in sorted(os.listdir(os.path.join(root, "lib")))]
    command = [loader, "--list", "--library-path", ":".join(sorted(folders)), os.path.join(root, program.lstrip("/"))]
    libraries = {}
    for line in _run(command).splitlines():
        match = re.match(r"\s*(\S+) => (\S+) \(0x", line)
        if match:
            libraries[os.path.basename(match[1])] = match[2]
        elif "not found" in line:
            raise PackageError(f"{program} needs {line.split()[0]}, which none of its packages holds")
    return libraries
