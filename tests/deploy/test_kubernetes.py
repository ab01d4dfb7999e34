"""The manifests in deploy/: what Kubernetes' schemas say of them, and that they fit together."""

import copy
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest

from tests.server.documented import manifests

OBJECTS = {told["kind"]: told for told in manifests("kubernetes")}
KSERVE = {name: manifests(name) for name in ("kserve", "kserve-v1")}
OLDEST = "1.30"  # as docs/hosts.md says, and the file itself
VERSIONS = (OLDEST, kubernetes_validate.latest_version())
KSERVES_OWN = {"minReplicas", "maxReplicas"}  # the rest of a predictor is a pod
POD = OBJECTS["Deployment"]["spec"]["template"]


def is_taken(told: dict[str, Any], version: str) -> bool:
    """Raises ValidationError if there is a field that Kubernetes does not know."""
    return bool(kubernetes_validate.validate(told, version, strict=True))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", OBJECTS)
def test_kubernetes_knows_every_field(kind: str, version: str) -> None:
    assert is_taken(OBJECTS[kind], version)


@pytest.mark.parametrize("name", KSERVE)
def test_a_predictor_is_a_pod_that_kubernetes_knows(name: str) -> None:
    (service,) = KSERVE[name]
    assert service.keys() == {"apiVersion", "kind", "metadata", "spec"}
    assert service["apiVersion"] == "serving.kserve.io/v1beta1"
    assert service["spec"].keys() == {"predictor"}
    spec = {k: v for k, v in service["spec"]["predictor"].items() if k not in KSERVES_OWN}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": service["metadata"], "spec": spec}
    assert is_taken(pod, VERSIONS[-1])


def test_an_unknown_field_is_noticed() -> None:
    wrong = copy.deepcopy(OBJECTS["Deployment"])
    wrong["spec"]["template"]["spec"]["containers"][0]["readOnly"] = True
    with pytest.raises(kubernetes_validate.ValidationError, match="readOnly"):
        is_taken(wrong, VERSIONS[-1])


def test_everything_is_about_the_same_pods() -> None:
    labels = POD["metadata"]["labels"]
    assert OBJECTS["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    assert OBJECTS["Service"]["spec"]["selector"] == labels
    assert OBJECTS["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    policy = OBJECTS["NetworkPolicy"]["spec"]
    assert policy["podSelector"]["matchLabels"] == labels
    (port,) = POD["spec"]["containers"][0]["ports"]
    assert policy["ingress"][0]["ports"] == [{"protocol": "TCP", "port": port["name"]}]
    (spread,) = POD["spec"]["topologySpreadConstraints"]
    assert spread["labelSelector"]["matchLabels"] == labels


def test_the_autoscaler_has_pods_to_choose_from() -> None:
    scaler = OBJECTS["HorizontalPodAutoscaler"]["spec"]
    deployment = OBJECTS["Deployment"]
    assert scaler["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    assert "replicas" not in deployment["spec"]
    (container,) = POD["spec"]["containers"]
    assert "cpu" in container["resources"]["requests"]
    assert scaler["minReplicas"] > OBJECTS["PodDisruptionBudget"]["spec"]["minAvailable"]


def test_the_server_may_do_nothing_but_serve() -> None:
    (container,) = POD["spec"]["containers"]
    context = container["securityContext"]
    assert context["readOnlyRootFilesystem"] and not context["allowPrivilegeEscalation"]
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert POD["spec"]["securityContext"]["runAsNonRoot"]
    assert not POD["spec"]["automountServiceAccountToken"]
    (mount,) = container["volumeMounts"]
    assert mount["mountPath"] == "/tmp"
    policy = OBJECTS["NetworkPolicy"]["spec"]
    assert "Egress" in policy["policyTypes"] and "egress" not in policy
