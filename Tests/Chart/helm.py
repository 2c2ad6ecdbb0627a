"""Runs Helm on the chart."""

import functools
import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
CHART = ROOT / "deploy/chart/swiftlet"
NAMESPACE = "swiftlet-system"
OLD = ["--kube-version", "1.20.2"]
CURRENT = ["--kube-version", "1.36.2"]
for kind in [
    "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy",
    "policy/v1/PodDisruptionBudget",
]:
    CURRENT += ["--api-versions", kind]


@functools.cache
def program() -> str:
    return run(str(ROOT / "cluster/fetch-helm")).strip()


def load(text: str) -> list[dict]:
    """The documents of a text."""
    # the one written in C, where there is one, takes a tenth of the time
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [document for document in yaml.load_all(text, Loader=loader) if document]


class Failure(Exception):
    """A command that didn't end with 0; its text is what it said."""


def run(*command: str, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=env)
    if done.returncode != 0:
        # Helm says of each link in the chart that it follows it
        said = "".join(line for line in done.stderr.splitlines(keepends=True) if "found symbolic link" not in line)
        raise Failure(f"{' '.join(command)} ended with {done.returncode}: {said}{done.stdout}")
    return done.stdout


def helm(*arguments: str) -> str:
    return run(program(), *arguments)


def assignments(values: tuple[str, ...]) -> list[str]:
    return [word for value in values for word in ("--set", value)]


def text(*values: str, cluster: list[str] | None = None, chart: str | Path = CHART, hooks: bool = True) -> str:
    """What the chart renders with some values, `a.b=c` each."""
    options = [*(OLD if cluster is None else cluster), *assignments(values)]
    if not hooks:
        options.append("--no-hooks")
    return helm("template", "swiftlet", str(chart), "--namespace", NAMESPACE, *options)


def render(
    *values: str, cluster: list[str] | None = None, chart: str | Path = CHART, hooks: bool = True
) -> dict[tuple[str, str, str], dict]:
    """The objects that the chart renders, by kind, namespace and name. Nobody changes them: they are kept."""
    return kept(values, tuple(OLD if cluster is None else cluster), str(chart), hooks)


@functools.cache
def kept(values: tuple[str, ...], cluster: tuple[str, ...], chart: str, hooks: bool) -> dict:
    objects = {}
    for document in load(text(*values, cluster=list(cluster), chart=chart, hooks=hooks)):
        metadata = document["metadata"]
        key = (document["kind"], metadata.get("namespace", ""), metadata["name"])
        if key in objects:
            raise Failure(f"{key} is there twice")
        objects[key] = document
    return objects


def pods(objects: dict) -> dict[str, dict]:
    """The pod templates among the objects, by kind and name."""
    found = {}
    for (kind, _, name), thing in objects.items():
        if kind in ("Deployment", "DaemonSet", "Job"):
            found[f"{kind}/{name}"] = thing["spec"]["template"]
    return found
