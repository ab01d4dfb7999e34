"""hosting: the steps that make role, model, endpoint configuration, alarm and endpoint."""

from typing import Any

from bridge.deploy.drawn import Drawn
from bridge.deploy.names import (
    VARIANT,
    alarm_name,
    as_list,
    prefix,
    role_name,
    with_digest,
)
from bridge.deploy.role import POLICY_NAME, policy, trust
from bridge.deploy.scaling import unscaling_calls
from bridge.deploy.step import Call, Step, Verb
from bridge.deploy.wanted import Mode, Wanted

ERRORS_ALLOWED = 0.05  # of all requests in a minute
LONGEST_UPDATE = 3600  # seconds, besides start-up and bake


def role_steps(drawn: Drawn) -> list[Step]:
    """The role and its policy; nothing where a role was given."""
    if drawn.wanted.role:
        return []
    name = role_name(drawn.wanted.name, drawn.place)
    made = {
        "RoleName": name,
        "AssumeRolePolicyDocument": trust(drawn.place),
        "Description": f"SageMaker takes it to run {drawn.wanted.name}",
        "Tags": as_list(drawn.tags),
    }
    document = policy(drawn.wanted, drawn.place, drawn.bucket, drawn.image)
    allowed = {"RoleName": name, "PolicyName": POLICY_NAME, "PolicyDocument": document}
    return [
        Step(
            "The role that SageMaker takes to fetch the model and the image, and to write logs",
            Call("iam", "create_role", made),
            look=Call("iam", "get_role", {"RoleName": name}),
            tags=Call("iam", "list_role_tags", {"RoleName": name}),
        ),
        Step(
            "What that role may do: what it needs alone",
            Call("iam", "put_role_policy", allowed),
            Verb.SET,
        ),
    ]


def model_name(drawn: Drawn) -> str:
    """By everything that is in the model."""
    return with_digest(drawn.wanted.name, _model(drawn.anywhere))


def model_step(drawn: Drawn) -> Step:
    """The model: image, archive, environment, role and network."""
    name = model_name(drawn)
    named = {"ModelName": name}
    return Step(
        "Image, archive and role as one",
        Call("sagemaker", "create_model", {**named, **_model(drawn), "Tags": as_list(drawn.tags)}),
        look=Call("sagemaker", "describe_model", named),
        tags=_tags_of(drawn, "model", name),
    )


def _model(drawn: Drawn) -> dict[str, Any]:
    wanted = drawn.wanted
    container: dict[str, Any] = {"Image": drawn.image, "ModelDataUrl": drawn.models_address}
    if wanted.mode is Mode.MULTI_MODEL:
        container["Mode"] = "MultiModel"
    container["Environment"] = {**_environment(wanted.mode), **wanted.environment}
    model: dict[str, Any] = {"PrimaryContainer": container, "ExecutionRoleArn": drawn.role_arn}
    if wanted.subnets:
        model["VpcConfig"] = {
            "SecurityGroupIds": list(wanted.security_groups),
            "Subnets": list(wanted.subnets),
        }
    if wanted.network_isolation:
        model["EnableNetworkIsolation"] = True
    return model


def _environment(mode: Mode) -> dict[str, str]:
    if mode is Mode.ASYNC:  # the platform's own limits, not those of other endpoints
        return {"SAGEMAKER_MAX_PAYLOAD_IN_MB": "1024", "RBRIDGE_DEADLINE": "3600"}
    return {}


def config_name(drawn: Drawn) -> str:
    """By everything that is in the endpoint configuration, the model's name among it."""
    return with_digest(drawn.wanted.name, _config(drawn.anywhere))


def config_step(drawn: Drawn) -> Step:
    """The endpoint configuration: machines, time limits, capture, encryption."""
    name = config_name(drawn)
    named = {"EndpointConfigName": name}
    return Step(
        "On which machines the model runs",
        Call(
            "sagemaker",
            "create_endpoint_config",
            {**named, **_config(drawn), "Tags": as_list(drawn.tags)},
        ),
        look=Call("sagemaker", "describe_endpoint_config", named),
        tags=_tags_of(drawn, "endpoint-config", name),
    )


def _config(drawn: Drawn) -> dict[str, Any]:
    wanted = drawn.wanted
    config: dict[str, Any] = {"ProductionVariants": [_variant(drawn)]}
    if wanted.capture:
        config["DataCaptureConfig"] = _capture(drawn)
    if wanted.mode is Mode.ASYNC:
        output = {"S3OutputPath": f"s3://{drawn.bucket}/{prefix(wanted.name)}answers"}
        config["AsyncInferenceConfig"] = {"OutputConfig": output | _key(drawn)}
    return config | _key(drawn)


def _key(drawn: Drawn) -> dict[str, str]:
    return {"KmsKeyId": drawn.wanted.kms_key} if drawn.wanted.kms_key else {}


def _variant(drawn: Drawn) -> dict[str, Any]:
    wanted = drawn.wanted
    variant: dict[str, Any] = {"VariantName": VARIANT, "ModelName": model_name(drawn)}
    if wanted.mode is Mode.SERVERLESS:
        return {**variant, "ServerlessConfig": _serverless(wanted)}
    return {
        **variant,
        "InstanceType": wanted.instance_type,
        "InitialInstanceCount": wanted.instances,
        "ContainerStartupHealthCheckTimeoutInSeconds": wanted.startup_timeout,
        "ModelDataDownloadTimeoutInSeconds": wanted.startup_timeout,
    }


def _serverless(wanted: Wanted) -> dict[str, int]:
    limits = {"MemorySizeInMB": wanted.memory_mb, "MaxConcurrency": wanted.max_concurrency}
    if wanted.provisioned_concurrency:
        limits["ProvisionedConcurrency"] = wanted.provisioned_concurrency
    return limits


def _capture(drawn: Drawn) -> dict[str, Any]:
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": drawn.wanted.capture,
        "DestinationS3Uri": f"s3://{drawn.bucket}/{prefix(drawn.wanted.name)}capture",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {
            "CsvContentTypes": ["text/csv"],
            "JsonContentTypes": ["application/json", "application/jsonlines"],
        },
        **_key(drawn),
    }


def alarm_step(drawn: Drawn) -> Step:
    """The alarm by which SageMaker takes an update back."""
    name = alarm_name(drawn.wanted.name)
    alarm = {
        "AlarmName": name,
        "AlarmDescription": "More than one request in twenty is answered with 5xx",
        "Namespace": "AWS/SageMaker",
        "MetricName": "Invocation5XXErrors",
        "Dimensions": [
            {"Name": "EndpointName", "Value": drawn.wanted.name},
            {"Name": "VariantName", "Value": VARIANT},
        ],
        "Statistic": "Average",  # of a metric that is 1 or 0: the share
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": ERRORS_ALLOWED,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "Tags": as_list(drawn.tags),
    }
    arn = drawn.place.arn("cloudwatch", f"alarm:{name}")
    return Step(
        "An update of the endpoint is taken back if this alarm rings",
        Call("cloudwatch", "put_metric_alarm", alarm),
        look=Call("cloudwatch", "describe_alarms", {"AlarmNames": [name]}),
        tags=Call("cloudwatch", "list_tags_for_resource", {"ResourceARN": arn}),
    )


def endpoint_steps(drawn: Drawn) -> list[Step]:
    """The endpoint: made, or moved to the new configuration; then waited for."""
    name = drawn.wanted.name
    look = Call("sagemaker", "describe_endpoint", {"EndpointName": name})
    target = {"EndpointName": name, "EndpointConfigName": config_name(drawn)}
    serverless = drawn.wanted.mode is Mode.SERVERLESS
    made = Step(
        "The endpoint itself; from here on instances are billed",
        Call("sagemaker", "create_endpoint", {**target, "Tags": as_list(drawn.tags)}),
        look=look,
        tags=_tags_of(drawn, "endpoint", name),
        same={"EndpointConfigName": target["EndpointConfigName"]},
        before=() if serverless else unscaling_calls(name),
        change=Call("sagemaker", "update_endpoint", {**target, **_update(drawn)}),
        clear=Call("sagemaker", "delete_endpoint", {"EndpointName": name}),
    )
    return [made, Step("Until it is in service", look, Verb.WAIT, same=made.same)]


def _update(drawn: Drawn) -> dict[str, Any]:
    """Blue/green, with the alarm; where instances are scaled their number stays."""
    if drawn.wanted.mode is Mode.SERVERLESS:
        return {}
    update: dict[str, Any] = {"DeploymentConfig": deployment(drawn)}
    if drawn.wanted.scaling:
        update["RetainAllVariantProperties"] = True
        update["ExcludeRetainedVariantProperties"] = [{"VariantPropertyType": "DataCaptureConfig"}]
    return update


def deployment(drawn: Drawn) -> dict[str, Any]:
    """All requests at once, or, where there are several instances, those of one first.

    After each step the alarm is watched for ``bake`` seconds; the old instances go after that.
    """
    wanted = drawn.wanted
    routing: dict[str, Any] = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    surely = wanted.scaling.least if wanted.scaling else wanted.instances
    if surely > 1:
        first = {"Type": "INSTANCE_COUNT", "Value": 1}
        routing = {"Type": "CANARY", "WaitIntervalInSeconds": wanted.bake, "CanarySize": first}
    longest = LONGEST_UPDATE + 2 * (wanted.startup_timeout + wanted.bake)
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": routing,
            "TerminationWaitInSeconds": wanted.bake,
            "MaximumExecutionTimeoutInSeconds": longest,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm_name(wanted.name)}]},
    }


def _tags_of(drawn: Drawn, kind: str, name: str) -> Call:
    arn = drawn.place.arn("sagemaker", f"{kind}/{name}")
    return Call("sagemaker", "list_tags", {"ResourceArn": arn})
