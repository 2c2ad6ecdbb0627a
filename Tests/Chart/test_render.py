"""The chart without a cluster: what it renders over its values, what it refuses, and that its package can be trusted."""

import json
import os
import re
import shutil
import tempfile
import unittest
from pathlib import Path

import yaml

from helm import CHART, CURRENT, NAMESPACE, OLD, ROOT, Failure, helm, load, pods, render, run, text

ALL = (
    "agent.credentialProviders.config=/etc/providers/config.yaml",
    "agent.credentialProviders.binDir=/opt/providers",
    "networkPolicy.enabled=true",
    "serviceMonitor.enabled=true",
    "prometheusRule.enabled=true",
    "priorityClasses.create=true",
    "secretNamespaces[0].namespace=team-a",
    "secretNamespaces[1].namespace=team-b",
    "secretNamespaces[1].names[0]=login",
    "secretNamespaces[1].serviceAccounts[0]=puller",
    "proxy.https=http://proxy:3128",
    "proxy.http=http://proxy:3128",
    "proxy.noProxy=10.0.0.0/8\\,.svc",
    "privateCA.configMap=authorities",
)
# Each switch by itself, and all of them at once; every test that holds for all of them goes over these.
MATRIX: dict[str, tuple[str, ...]] = {
    "nothing set": (),
    "everything": ALL,
    "everything with Jobs": (*ALL, "mode=jobs"),
    "cert-manager": ("webhook.certManager.enabled=true",),
    "an issuer of one's own": (
        "webhook.certManager.enabled=true",
        "webhook.certManager.issuerRef.kind=ClusterIssuer",
        "webhook.certManager.issuerRef.name=company",
    ),
    "Jobs": ("mode=jobs",),
    "one replica": ("controller.replicas=1", "controller.leaderElection.enabled=false"),
    "other ports": (
        "controller.metricsPort=9090",
        "controller.healthPort=9091",
        "controller.exchangePort=9092",
        "agent.adminPort=9093",
        "agent.adminHost=127.0.0.1",
    ),
    "another runtime": (
        "agent.runPath=/var/snap/microk8s/common/run",
        "agent.runtimeEndpoint=unix:///var/snap/microk8s/common/run/containerd.sock",
        "agent.imagesPath=/var/lib/containers",
    ),
    "credential plugins": (
        "agent.credentialProviders.config=/etc/eks/image-credential-provider/config.json",
        "agent.credentialProviders.binDir=/etc/eks/image-credential-provider",
    ),
    "credential plugins apart": (
        "agent.credentialProviders.config=/var/lib/kubelet/credential-provider-config.yaml",
        "agent.credentialProviders.binDir=/var/lib/kubelet/credential-provider",
    ),
    "recreated": ("controller.updateStrategy.type=Recreate", "controller.updateStrategy.rollingUpdate=null"),
    "on delete": ("agent.updateStrategy.type=OnDelete", "agent.updateStrategy.rollingUpdate=null"),
    "a digest": (f"image.digest=sha256:{'a' * 64}",),
    "no definitions": ("crds.install=false",),
    "nothing kept": ("crds.keep=false",),
    "no hook": ("uninstall.release=false",),
    "all that pods take": tuple(
        f"{part}.{value}"
        for part in ("controller", "agent", "webhook")
        for value in (
            "podLabels.team=a",
            "podAnnotations.note=b",
            "extraArgs[0]=--log-level=debug",
            "extraEnv[0].name=TZ",
            "extraEnv[0].value=UTC",
            "nodeSelector.pool=x",
            "tolerations[0].operator=Exists",
            "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]"
            ".matchExpressions[0].key=x",
            "priorityClassName=",
            "resources.limits.memory=1Gi",
        )
    )
    + ("imagePullSecrets[0].name=login",),
}
# A value that is wrong, and what the refusal has to say.
REFUSED = {
    "controler.replicas=3": "controler",
    "controller.replica=3": "replica",
    "mode=both": "mode",
    "controller.replicas=0": "controller.replicas",
    "controller.replicas=two": "controller.replicas",
    "controller.leaderElection.enabled=false": "controller.replicas is more than 1",
    "controller.leaderElection.leaseDuration=15": "leaseDuration",
    "controller.metricsPort=80": "controller.metricsPort",
    "controller.jobImageVolumes=auto": "controller.jobImageVolumes",
    "controller.jobStarterImage=Not An Image": "controller.jobStarterImage",
    "controller.extraArgs[0]=rm": "controller.extraArgs.0",
    "controller.podLabels.app\\.kubernetes\\.io/name=other": "podLabels",
    "agent.runPath=/": "agent.runPath",
    "agent.statePath=relative": "agent.statePath",
    "agent.maxDiskUsage=101": "agent.maxDiskUsage",
    "agent.credentialProviders.config=/etc/config.json": "belong together",
    "agent.credentialProviders.binDir=/opt/bin": "belong together",
    "agent.credentialProviders.binDir=bin": "agent.credentialProviders.binDir",
    "agent.runtimeEndpoint=tcp://1.2.3.4:5": "agent.runtimeEndpoint",
    "image.repository=Not An Image": "image.repository",
    "image.digest=sha256:short": "image.digest",
    "image.pullPolicy=Sometimes": "image.pullPolicy",
    "logging.level=loud": "logging.level",
    "webhook.certManager.enabled=true,webhook.enabled=false": "without webhook.enabled",
    "webhook.timeoutSeconds=31": "webhook.timeoutSeconds",
    "crds.rules=always": "crds.rules",
    "admissionPolicy=yes": "admissionPolicy",
    "uninstall.timeout=soon": "uninstall.timeout",
    "networkPolicy.nodeCIDRs[0]=everywhere": "networkPolicy.nodeCIDRs.0",
    "proxy.https=proxy": "proxy.https",
    "secretNamespaces[0].name=a": "secretNamespaces.0",
    f"secretNamespaces[0].namespace={NAMESPACE}": "own namespace",
}


def without_helm(thing: dict) -> dict:
    """An object less the labels that only Helm's have."""
    copy = json.loads(json.dumps(thing))
    labels = copy["metadata"].get("labels", {})
    for key in ("app.kubernetes.io/instance", "app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart"):
        labels.pop(key, None)
    return copy


def documents(path: str) -> list[dict]:
    return load((ROOT / path).read_text(encoding="utf-8"))


class RenderTests(unittest.TestCase):
    def over_matrix(self, *, clusters=(OLD, CURRENT)):
        """Each set of values on each cluster: what to call it, and the objects."""
        for name, values in MATRIX.items():
            for cluster in clusters:
                yield f"{name}, Kubernetes {cluster[1]}", render(*values, cluster=cluster)

    def test_lint(self):
        for name, values in MATRIX.items():
            with self.subTest(name):
                options = [word for value in values for word in ("--set", value)]
                helm("lint", "--strict", "--quiet", str(CHART), *options)

    def test_refusals_say_which_value(self):
        for value, words in REFUSED.items():
            with self.subTest(value), self.assertRaises(Failure) as caught:
                text(value)
            self.assertIn(words, str(caught.exception))

    def test_older_kubernetes_is_refused(self):
        with self.assertRaisesRegex(Failure, "1.20"):
            text(cluster=["--kube-version", "1.19.16"])

    def test_containers_can_do_nothing(self):
        for case, objects in self.over_matrix():
            with self.subTest(case):
                found = pods(objects)
                self.assertTrue(found)
                for name, template in found.items():
                    pod = template["spec"]
                    self.assertNotIn("hostPID", pod)
                    self.assertNotIn("hostIPC", pod)
                    self.assertEqual(pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"}, name)
                    for container in pod["containers"]:
                        context = container["securityContext"]
                        self.assertEqual(
                            context,
                            {
                                "allowPrivilegeEscalation": False,
                                "readOnlyRootFilesystem": True,
                                "capabilities": {"drop": ["ALL"]},
                            },
                            name,
                        )
                        self.assertIn("memory", container["resources"]["limits"], name)
                        self.assertTrue(container["image"].startswith("ghcr.io/swiftlet/swiftlet"), name)
                    if name == "DaemonSet/swiftlet-agent":
                        # root, because the runtime's socket is root's
                        self.assertTrue(pod["hostNetwork"])
                        writable = [mount["name"] for mount in pod["containers"][0]["volumeMounts"] if not mount.get("readOnly")]
                        self.assertEqual(writable, ["state"])
                    else:
                        self.assertTrue(pod["securityContext"]["runAsNonRoot"], name)
                        self.assertNotEqual(pod["securityContext"]["runAsUser"], 0, name)
                        self.assertNotIn("hostNetwork", pod)
                        for volume in pod.get("volumes", []):
                            self.assertNotIn("hostPath", volume, name)

    def test_rights_are_the_least(self):
        for case, objects in self.over_matrix(clusters=(OLD,)):
            with self.subTest(case):
                for key, thing in objects.items():
                    if key[0] not in ("Role", "ClusterRole"):
                        continue
                    for rule in thing["rules"]:
                        everything = [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]
                        self.assertNotIn("*", everything, key)
                        self.assertFalse({"escalate", "bind", "impersonate", "deletecollection"} & set(rule["verbs"]), key)
                        if "secrets" in rule["resources"]:
                            self.assertEqual(key[0], "Role", key)
                            if "resourceNames" not in rule:
                                self.assertEqual(rule["verbs"], ["get"], key)
                            self.assertFalse({"list", "create", "delete", "update"} & set(rule["verbs"]), key)
                        if set(rule["verbs"]) - {"get", "list", "watch"}:
                            bounded = "resourceNames" in rule or key[2].startswith("swiftlet-controller") or rule["apiGroups"][0] in ("swiftlet.dev", "kubefledged.io")
                            # The hook of an uninstall takes Swiftlet's Jobs along, whatever namespace they are in.
                            is_leave = key[2] == "swiftlet-leave" and rule["resources"] == ["jobs"] and rule["verbs"] == ["list", "delete"]
                            self.assertTrue(bounded or is_leave, f"{key}: {rule}")
                    self.assertNotIn("aggregationRule", thing)
                for key, thing in objects.items():
                    if key[0] in ("RoleBinding", "ClusterRoleBinding"):
                        for subject in thing["subjects"]:
                            self.assertEqual(subject["kind"], "ServiceAccount", key)
                            self.assertIn(("ServiceAccount", subject["namespace"], subject["name"]), objects)
                        role = thing["roleRef"]
                        place = "" if role["kind"] == "ClusterRole" else key[1]
                        self.assertIn((role["kind"], place, role["name"]), objects)

    def test_selectors_find_their_pods(self):
        for case, objects in self.over_matrix(clusters=(OLD,)):
            with self.subTest(case):
                labels = {name: template["metadata"]["labels"] for name, template in pods(objects).items()}
                for key, thing in objects.items():
                    spec = thing.get("spec", {})
                    if key[0] == "Service":
                        selector = spec["selector"]
                    elif key[0] in ("PodDisruptionBudget", "Deployment", "DaemonSet"):
                        selector = spec["selector"]["matchLabels"]
                    elif key[0] == "NetworkPolicy":
                        selector = spec["podSelector"]["matchLabels"]
                    else:
                        continue
                    found = [name for name, have in labels.items() if selector.items() <= have.items()]
                    self.assertEqual(len(found), 1, key)

    def test_plain_manifests_are_the_same_objects(self):
        chart = {key: without_helm(thing) for key, thing in render(hooks=False).items()}
        plain = {}
        for file in ("controller", "agent", "webhook", "rbac/controller", "rbac/agent", "rbac/view", "rbac/webhook"):
            for thing in documents(f"deploy/{file}.yaml"):
                plain[(thing["kind"], thing["metadata"].get("namespace", ""), thing["metadata"]["name"])] = thing
        version = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))["appVersion"]
        for key, thing in plain.items():
            for template in pods({key: thing}).values():
                container = template["spec"]["containers"][0]
                self.assertEqual(container["image"], "ghcr.io/swiftlet/swiftlet:latest")
                container["image"] = f"ghcr.io/swiftlet/swiftlet:{version}"
                for variable in container["env"]:
                    if "value" in variable:  # images that the controller hands on
                        variable["value"] = re.sub("^(ghcr.io/swiftlet/.*):latest$", rf"\1:{version}", variable["value"])
            self.assertEqual(chart[key], thing, key)
        more = {key[0] for key in chart.keys() - plain.keys()}
        self.assertEqual(more, {"CustomResourceDefinition", "PodDisruptionBudget"})

    def test_plain_manifests_are_fresh(self):
        run("Scripts/manifests", "--check")

    def test_definitions_are_the_ones_there_are(self):
        files = sorted((ROOT / "deploy/crds").glob("*.yaml"))
        for cluster in (OLD, CURRENT):
            objects = render(cluster=cluster)
            found = {key[2]: thing for key, thing in objects.items() if key[0] == "CustomResourceDefinition"}
            self.assertEqual(sorted(found), sorted(file.stem for file in files))
            for file in files:
                (wanted,) = documents(f"deploy/crds/{file.name}")
                thing = found[file.stem]
                self.assertEqual(thing["metadata"]["annotations"]["helm.sh/resource-policy"], "keep")
                rules = ROOT / f"overlays/current/{file.stem.split('.')[0]}.yaml"
                if cluster is CURRENT and rules.exists():
                    self.assertIn("x-kubernetes-validations", json.dumps(thing))
                    for operation in yaml.safe_load(rules.read_text(encoding="utf-8")):
                        self.assertEqual(operation["op"], "add")
                        *path, last = operation["path"].strip("/").split("/")
                        place = wanted
                        for word in path:
                            place = place[int(word) if isinstance(place, list) else word]
                        place[last] = operation["value"]
                else:
                    self.assertNotIn("x-kubernetes-validations", json.dumps(thing))
                self.assertEqual(thing["spec"], wanted["spec"], file.name)

    def test_definitions_by_values(self):
        def definitions(*values):
            objects = render(*values, cluster=CURRENT)
            return [thing for key, thing in objects.items() if key[0] == "CustomResourceDefinition"]

        self.assertEqual(definitions("crds.install=false"), [])
        for thing in definitions("crds.keep=false"):
            self.assertNotIn("helm.sh/resource-policy", thing["metadata"].get("annotations", {}))
        self.assertNotIn("x-kubernetes-validations", json.dumps(definitions("crds.rules=never")))

    def test_newer_kinds_only_where_they_are(self):
        newer = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
        self.assertFalse([key for key in render(cluster=OLD) if key[0] in newer])
        objects = render(cluster=CURRENT)
        for kind in newer:
            self.assertIn((kind, "", "swiftlet-agent"), objects)
        policy = objects[("ValidatingAdmissionPolicy", "", "swiftlet-agent")]
        self.assertIn(f":{NAMESPACE}:swiftlet-agent", policy["spec"]["matchConditions"][0]["expression"])
        for values in ("admissionPolicy=never", "mode=jobs"):
            self.assertFalse([key for key in render(values, cluster=CURRENT) if key[0] in newer])
        budget = ("PodDisruptionBudget", NAMESPACE, "swiftlet-controller")
        self.assertEqual(render(cluster=OLD)[budget]["apiVersion"], "policy/v1beta1")
        self.assertEqual(objects[budget]["apiVersion"], "policy/v1")

    def test_credential_plugins_are_mounted_where_the_node_has_them(self):
        for case, mounts in (
            ("credential plugins", {"/etc/eks/image-credential-provider": "Directory"}),
            (
                "credential plugins apart",
                {
                    "/var/lib/kubelet/credential-provider": "Directory",
                    "/var/lib/kubelet/credential-provider-config.yaml": "File",
                },
            ),
        ):
            with self.subTest(case):
                pod = pods(render(*MATRIX[case]))["DaemonSet/swiftlet-agent"]["spec"]
                container = pod["containers"][0]
                volumes = {volume["name"]: volume["hostPath"] for volume in pod["volumes"] if "hostPath" in volume}
                found = {
                    mount["mountPath"]: volumes[mount["name"]]
                    for mount in container["volumeMounts"]
                    if mount["name"].startswith("credential-provider")
                }
                self.assertEqual(found, {path: {"path": path, "type": kind} for path, kind in mounts.items()})
                variables = {variable["name"]: variable.get("value") for variable in container["env"]}
                config, folder = (value.split("=")[1] for value in MATRIX[case])
                self.assertEqual(variables["SWIFTLET_IMAGE_CREDENTIAL_PROVIDER_CONFIG"], config)
                self.assertEqual(variables["SWIFTLET_IMAGE_CREDENTIAL_PROVIDER_BIN_DIR"], folder)
        pod = pods(render())["DaemonSet/swiftlet-agent"]["spec"]
        self.assertFalse([volume for volume in pod["volumes"] if "credential" in volume["name"]])

    def test_jobs_need_no_agent(self):
        objects = render(*ALL, "mode=jobs")
        self.assertFalse([key for key in objects if "agent" in key[2] and key[0] != "PriorityClass"])

    def test_image_volumes_are_what_is_said(self):
        for value in ("Auto", "Always", "Never"):
            pod = pods(render("mode=jobs", f"controller.jobImageVolumes={value}"))["Deployment/swiftlet-controller"]
            variables = {variable["name"]: variable.get("value") for variable in pod["spec"]["containers"][0]["env"]}
            self.assertEqual(variables.get("SWIFTLET_JOB_IMAGE_VOLUMES"), None if value == "Auto" else value)

    def test_the_starter_is_beside_the_image_or_where_it_is_said_to_be(self):
        image = ("image.repository=host:5000/team/swiftlet", "image.tag=v7")
        for values, starter in (
            (image, "host:5000/team/starter:v7"),
            ((*image, "controller.jobStarterImage=other:5000/starter@sha256:ab"), "other:5000/starter@sha256:ab"),
        ):
            pod = pods(render("mode=jobs", *values))["Deployment/swiftlet-controller"]
            variables = {variable["name"]: variable.get("value") for variable in pod["spec"]["containers"][0]["env"]}
            self.assertEqual(variables["SWIFTLET_JOB_STARTER_IMAGE"], starter)

    def test_events_may_be_about_imagecaches_in_any_namespace(self):
        (role,) = (o for key, o in render().items() if key[0] == "ClusterRole" and key[2] == "swiftlet-controller")
        rule = {"apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch"]}
        self.assertIn(rule, role["rules"])

    def test_one_replica_can_be_evicted(self):
        objects = render("controller.replicas=1", "webhook.replicas=1")
        self.assertFalse([key for key in objects if key[0] == "PodDisruptionBudget"])

    def test_proxies_and_authorities_reach_every_container(self):
        for name, template in pods(render(*ALL)).items():
            with self.subTest(name):
                (container,) = template["spec"]["containers"]
                env = {entry["name"]: entry.get("value") for entry in container["env"]}
                self.assertEqual(env["HTTPS_PROXY"], "http://proxy:3128")
                self.assertEqual(env["HTTP_PROXY"], "http://proxy:3128")
                self.assertEqual(env["NO_PROXY"], "10.0.0.0/8,.svc")
                self.assertEqual(env["SSL_CERT_FILE"], "/etc/swiftlet/authorities/ca.crt")
                mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
                self.assertEqual(mounts["authorities"], "/etc/swiftlet/authorities")
                volumes = {volume["name"]: volume for volume in template["spec"]["volumes"]}
                self.assertEqual(volumes["authorities"]["configMap"]["name"], "authorities")

    def test_secrets_of_listed_namespaces_only(self):
        objects = render(*ALL)
        roles = {key[1]: thing for key, thing in objects.items() if key[0] == "Role" and key[2] == "swiftlet-pull-secrets"}
        self.assertEqual(sorted(roles), ["team-a", "team-b"])
        self.assertEqual(roles["team-a"]["rules"], [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}])
        self.assertEqual(roles["team-b"]["rules"][0]["resourceNames"], ["login"])
        self.assertFalse([key for key in render() if key[2] == "swiftlet-pull-secrets"])

    def test_webhook_fails_open(self):
        objects = render()
        thing = objects[("ValidatingWebhookConfiguration", "", "swiftlet-webhook")]
        for webhook in thing["webhooks"]:
            self.assertEqual(webhook["failurePolicy"], "Ignore")
            self.assertEqual(webhook["sideEffects"], "None")
            self.assertNotIn("caBundle", webhook["clientConfig"])
            for rule in webhook["rules"]:
                self.assertEqual(rule["operations"], ["CREATE", "UPDATE"])
                self.assertFalse([resource for resource in rule["resources"] if "/" in resource or "*" in resource])
            service = webhook["clientConfig"]["service"]
            self.assertIn(("Service", service["namespace"], service["name"]), objects)
        self.assertFalse([key for key in render("webhook.enabled=false") if "ebhook" in key[0] + key[2]])

    def test_alerts_are_about_metrics_that_exist(self):
        sources = "".join(
            path.read_text(encoding="utf-8") for path in (ROOT / "Sources").rglob("*.swift") if "Metrics" in path.name
        )
        rule = render("prometheusRule.enabled=true")[("PrometheusRule", NAMESPACE, "swiftlet")]
        alerts = rule["spec"]["groups"][0]["rules"]
        self.assertGreaterEqual(len(alerts), 5)
        for alert in alerts:
            names = re.findall(r"swiftlet_\w+", alert["expr"])
            self.assertTrue(names, alert)
            for name in names:
                self.assertIn(f'"{name}"', sources)
            for label, value in re.findall(r'(\w+)="(\w+)"', alert["expr"]):
                self.assertRegex(sources, rf'\b{label}\b')
                self.assertRegex(sources, rf"\b{value}\b")
            self.assertTrue({"summary", "description"} <= alert["annotations"].keys())

    def test_metrics_are_served_where_they_are_looked_for(self):
        objects = render("serviceMonitor.enabled=true", "controller.metricsPort=9090")
        for part in ("controller", "agent"):
            service = objects[("Service", NAMESPACE, f"swiftlet-{part}-metrics")]
            monitor = objects[("ServiceMonitor", NAMESPACE, f"swiftlet-{part}")]["spec"]
            self.assertLessEqual(monitor["selector"]["matchLabels"].items(), service["metadata"]["labels"].items())
            (port,) = service["spec"]["ports"]
            (template,) = [t for name, t in pods(objects).items() if name.endswith(f"-{part}")]
            named = {entry["name"]: entry["containerPort"] for entry in template["spec"]["containers"][0]["ports"]}
            self.assertEqual(named[port["targetPort"]], port["port"])

    def test_versions_agree(self):
        chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
        source = (ROOT / "Sources/Commands/BuildInformation.swift").read_text(encoding="utf-8")
        self.assertEqual(chart["appVersion"], re.search(r'version = "([^"]+)"', source)[1])

    def test_every_value_is_in_the_schema_and_back(self):
        values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
        schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))

        def compare(value: dict, part: dict, path: str):
            properties = part.get("properties", {}).keys() - {"global"}
            self.assertEqual(set(value), properties, path)
            for key, inner in value.items():
                inner_schema = part["properties"][key]
                if isinstance(inner, dict) and inner_schema.get("additionalProperties") is False and inner:
                    if "properties" in inner_schema:
                        compare(inner, inner_schema, f"{path}.{key}")

        compare(values, schema, "")


class PackageTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp())
        home = cls.folder / "gnupg"
        home.mkdir(mode=0o700)
        cls.environment = {**os.environ, "GNUPGHOME": str(home), "SIGN_AS": "chart-test@swiftlet.invalid"}
        gpg = ["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key"]
        run(*gpg, "chart-test@swiftlet.invalid", "rsa2048", "sign", "1d", env=cls.environment)
        cls.package = run("Scripts/package-chart", str(cls.folder), env=cls.environment).strip()

    @classmethod
    def tearDownClass(cls):
        run("gpgconf", "--kill", "all", env=cls.environment)
        shutil.rmtree(cls.folder)

    def verify(self, package: str, keyring: str | None = None) -> str:
        return helm("verify", package, "--keyring", keyring or str(self.folder / "keyring.gpg"))

    def test_the_package_is_the_chart(self):
        for cluster in (OLD, CURRENT):
            self.assertEqual(render(cluster=cluster, chart=self.package), render(cluster=cluster))

    def test_the_signature_holds(self):
        said = self.verify(self.package)
        self.assertIn("chart-test@swiftlet.invalid", said)

    def test_a_changed_package_is_refused(self):
        copy = self.folder / "changed"
        copy.mkdir()
        package = shutil.copy(self.package, copy)
        shutil.copy(self.package + ".prov", copy)
        with open(package, "ab") as file:
            file.write(b"x")
        with self.assertRaisesRegex(Failure, "sha256 sum does not match"):
            self.verify(package)

    def test_another_key_is_refused(self):
        home = self.folder / "other"
        home.mkdir(mode=0o700)
        environment = {**self.environment, "GNUPGHOME": str(home)}
        run("gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "other", "rsa2048", "sign", "1d", env=environment)
        keyring = str(self.folder / "other.gpg")
        run("gpg", "--batch", "--output", keyring, "--export", "other", env=environment)
        run("gpgconf", "--kill", "all", env=environment)
        with self.assertRaisesRegex(Failure, "unknown entity"):
            self.verify(self.package, keyring)


class Converted(unittest.TestCase):
    """What `swiftlet migrate values` makes of kube-fledged's values, by the chart's own schema."""

    PROGRAM = ROOT / ".build/debug/swiftlet"
    VALUES: dict[str, dict] = {
        "nothing set": {},
        "everything": {
            "controllerReplicaCount": 2,
            "webhookServerReplicaCount": 3,
            "controller": {"priorityClassName": "high"},
            "webhookServer": {"enable": True, "priorityClassName": "high"},
            "image": {"pullPolicy": "Always"},
            "args": {
                "controllerLogLevel": "WARNING",
                "controllerImagePullDeadlineDuration": "10m",
                "controllerImageCacheRefreshFrequency": "0s",
                "controllerImagePullPolicy": "Always",
                "controllerServiceAccountName": "puller",
                "controllerImageDeleteJobHostNetwork": True,
                "controllerJobPriorityClassName": "low",
                "controllerJobRetentionPolicy": "retain",
                "controllerCRISocketPath": "/var/snap/microk8s/common/run/containerd.sock",
                "controllerJobsMaxSurge": 5,
                "webhookServerLogLevel": "ERROR",
            },
            "imagePullSecrets": [{"name": "login"}],
            "resources": {"limits": {"memory": "128Mi"}, "requests": {"cpu": 0.1}},
            "nodeSelector": {"pool": "infra", "yes": "1"},
            "tolerations": [{"key": "infra", "operator": "Exists"}],
            "affinity": {"nodeAffinity": {}},
        },
        "no webhook": {"webhookServer": {"enable": False}, "webhookServerReplicaCount": 3},
        "out of range": {"controllerReplicaCount": 40, "webhookServerReplicaCount": 0},
    }

    def setUp(self) -> None:
        if not self.PROGRAM.exists():
            self.skipTest("there is no debug build of swiftlet")

    def test_every_result_is_taken(self) -> None:
        for name, values in self.VALUES.items():
            for mode in ("agent", "jobs"):
                with self.subTest(name, mode=mode), tempfile.TemporaryDirectory() as folder:
                    given = Path(folder, "kube-fledged.yaml")
                    given.write_text(yaml.safe_dump(values))
                    made = Path(folder, "values.yaml")
                    made.write_text(run(str(self.PROGRAM), "migrate", "values", "-f", str(given), "--mode", mode))
                    objects = load(
                        helm("template", "swiftlet", str(CHART), "--namespace", NAMESPACE, "--values", str(made), *OLD)
                    )
                    self.assertEqual(mode == "agent", any(o["kind"] == "DaemonSet" for o in objects))
                    has_webhook = any(o["kind"] == "ValidatingWebhookConfiguration" for o in objects)
                    self.assertEqual(has_webhook, values.get("webhookServer", {}).get("enable", True))


if __name__ == "__main__":
    unittest.main()
