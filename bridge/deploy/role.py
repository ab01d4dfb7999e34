"""role: the policy of the role that SageMaker takes to run the container; what it needs alone.

AWS's documentation of CreateModel lists what SageMaker does in the name of this role.
"""

from typing import Any

from bridge.deploy.names import Place, prefix, repository
from bridge.deploy.wanted import Mode, Wanted

POLICY_NAME = "rbridge"


def trust(place: Place) -> dict[str, Any]:
    """SageMaker may take the role, for this account alone."""
    return _document(
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": place.account}},
        }
    )


def policy(wanted: Wanted, place: Place, bucket: str, image: str) -> dict[str, Any]:
    """To read the model and the image, to write logs and figures, and what options add."""
    statements = [*_storage(wanted, place, bucket), *_image(wanted, place, image), *_logs(place)]
    if wanted.kms_key:
        statements.append(
            _allow(wanted.kms_key, "kms:Decrypt", "kms:GenerateDataKey*", "kms:CreateGrant")
        )
    if wanted.subnets:
        statements += _network()
    return _document(*statements)


def _storage(wanted: Wanted, place: Place, bucket: str) -> list[dict[str, Any]]:
    whole = f"arn:{place.partition}:s3:::{bucket}"
    ours = f"{whole}/{prefix(wanted.name)}*"
    read = [ours, *_outside(wanted.batch.source if wanted.batch else None, place)]
    statements = [
        _allow(read, "s3:GetObject"),
        _allow([whole, *_buckets_outside(wanted, place)], "s3:ListBucket", "s3:GetBucketLocation"),
    ]
    if wanted.capture or wanted.mode in (Mode.ASYNC, Mode.BATCH):
        target = wanted.batch.target if wanted.batch else None
        own = [f"{whole}/{prefix(wanted.name)}{part}*" for part in ("answers", "capture")]
        statements.append(_allow([*own, *_outside(target, place)], "s3:PutObject"))
    return statements


def _outside(address: str | None, place: Place) -> list[str]:
    """What lies at an S3 address that the user named, and below it."""
    if address is None or not address.startswith("s3://"):
        return []
    return [f"arn:{place.partition}:s3:::{address.removeprefix('s3://').rstrip('*')}*"]


def _buckets_outside(wanted: Wanted, place: Place) -> list[str]:
    source = wanted.batch.source if wanted.batch else ""
    if not source.startswith("s3://"):
        return []
    return [f"arn:{place.partition}:s3:::{source.removeprefix('s3://').split('/')[0]}"]


def _image(wanted: Wanted, place: Place, image: str) -> list[dict[str, Any]]:
    """``image`` is in ECR: ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG."""
    host, _, path = image.partition("/")
    account, _, _, region = host.split(".")[:4]
    name = path.split("@")[0].split(":")[0] or repository(wanted.name)
    arn = f"arn:{place.partition}:ecr:{region}:{account}:repository/{name}"
    return [
        _allow("*", "ecr:GetAuthorizationToken"),
        _allow(
            arn,
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
        ),
    ]


def _logs(place: Place) -> list[dict[str, Any]]:
    groups = place.arn("logs", "log-group:/aws/sagemaker/*")
    return [
        _allow(
            groups,
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
        ),
        _allow("*", "cloudwatch:PutMetricData"),
    ]


def _network() -> list[dict[str, Any]]:
    return [
        _allow(
            "*",
            "ec2:CreateNetworkInterface",
            "ec2:CreateNetworkInterfacePermission",
            "ec2:DeleteNetworkInterface",
            "ec2:DeleteNetworkInterfacePermission",
            "ec2:DescribeDhcpOptions",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
        )
    ]


def _allow(resource: str | list[str], *actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
