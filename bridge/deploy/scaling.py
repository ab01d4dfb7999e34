"""scaling: the steps that let Application Auto Scaling choose the number of instances."""

from typing import Any

from bridge.deploy.cannot import CannotDeploy
from bridge.deploy.drawn import Drawn
from bridge.deploy.names import VARIANT, scaled
from bridge.deploy.step import Call, Step, Verb
from bridge.deploy.wanted import Mode, Scaling

SERVICE = "application-autoscaling"
POLICY_NAME = "rbridge"
_STATISTICS = ("Average", "Maximum", "Minimum", "SampleCount", "Sum")


def scaling_steps(drawn: Drawn) -> list[Step]:
    """Limits and policy; or their removal, where the endpoint had them and shall not."""
    if drawn.wanted.mode is Mode.SERVERLESS:
        return []
    target = scaled(drawn.wanted.name)
    scaling = drawn.wanted.scaling
    if scaling is None:
        return unscaling_steps(drawn.wanted.name)
    if scaling.least > scaling.most:
        raise CannotDeploy(
            f"--min-instances is {scaling.least}, more than --max-instances, {scaling.most}"
        )
    limits = {**target, "MinCapacity": scaling.least, "MaxCapacity": scaling.most}
    policy = {
        **target,
        "PolicyName": POLICY_NAME,
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": scaling.target,
            "ScaleInCooldown": 300,
            "ScaleOutCooldown": 60,
            **_metric(drawn, scaling),
        },
    }
    return [
        Step(
            f"Between {scaling.least} and {scaling.most} instances",
            Call(SERVICE, "register_scalable_target", limits),
            Verb.SET,
        ),
        Step(
            "By this metric; the policy makes two alarms of its own, which go with it",
            Call(SERVICE, "put_scaling_policy", policy),
            Verb.SET,
        ),
    ]


def unscaling_calls(name: str) -> tuple[Call, Call]:
    """By which the policy goes, and the limits."""
    target = scaled(name)
    return (
        Call(SERVICE, "delete_scaling_policy", {**target, "PolicyName": POLICY_NAME}),
        Call(SERVICE, "deregister_scalable_target", target),
    )


def unscaling_steps(name: str) -> list[Step]:
    """The same, where there are limits."""
    target = scaled(name)
    asked = {
        "ServiceNamespace": target["ServiceNamespace"],
        "ResourceIds": [target["ResourceId"]],
        "ScalableDimension": target["ScalableDimension"],
    }
    look = Call(SERVICE, "describe_scalable_targets", asked)
    why = "The number of instances is no longer scaled, if it was"
    return [Step(why, call, Verb.REMOVE, look=look) for call in unscaling_calls(name)]


def _metric(drawn: Drawn, scaling: Scaling) -> dict[str, Any]:
    endpoint = {"Name": "EndpointName", "Value": drawn.wanted.name}
    if scaling.metric:
        namespace, name, statistic = _parts(scaling.metric)
        variant = {"Name": "VariantName", "Value": VARIANT}
        return _custom(namespace, name, statistic, [endpoint, variant])
    if drawn.wanted.mode is Mode.ASYNC:
        name = "ApproximateBacklogSizePerInstance"
        return _custom("AWS/SageMaker", name, "Average", [endpoint])
    predefined = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
    return {"PredefinedMetricSpecification": predefined}


def _custom(
    namespace: str, name: str, statistic: str, dimensions: list[dict[str, str]]
) -> dict[str, Any]:
    specification = {
        "MetricName": name,
        "Namespace": namespace,
        "Dimensions": dimensions,
        "Statistic": statistic,
    }
    return {"CustomizedMetricSpecification": specification}


def _parts(metric: str) -> tuple[str, str, str]:
    parts = metric.split(":")
    if len(parts) != 3 or parts[2] not in _STATISTICS:
        raise CannotDeploy(
            f'--scale-metric is "{metric}"; it must be NAMESPACE:NAME:STATISTIC, such as '
            f"MyApp:QueueLength:Average; the statistic one of {', '.join(_STATISTICS)}"
        )
    return parts[0], parts[1], parts[2]
