"""costs: what AWS bills for a deployment. No prices: they differ by region and change."""

from bridge.deploy.drawn import Drawn
from bridge.deploy.step import Bill
from bridge.deploy.wanted import Mode, Wanted

SAGEMAKER = "https://aws.amazon.com/sagemaker/pricing/"
S3 = "https://aws.amazon.com/s3/pricing/"
ECR = "https://aws.amazon.com/ecr/pricing/"
CLOUDWATCH = "https://aws.amazon.com/cloudwatch/pricing/"


def bills(drawn: Drawn) -> tuple[Bill, ...]:
    """Everything that is billed, the dearest first."""
    found = [_compute(drawn), Bill("S3", "the size of what lies there, by the month", S3)]
    if drawn.is_local_image:
        found.append(Bill("ECR", "the size of the image, by the month", ECR))
    if drawn.wanted.mode in (Mode.BATCH, Mode.SERVERLESS):
        found.append(Bill("CloudWatch", "the size of the logs", CLOUDWATCH))
    else:
        alarms = "the size of the logs; " + _alarms(drawn)
        found.append(Bill("CloudWatch", alarms, CLOUDWATCH))
    return tuple(found)


def _alarms(drawn: Drawn) -> str:
    return "3 alarms, by the month" if drawn.wanted.scaling else "1 alarm, by the month"


def _idle(wanted: Wanted) -> str:
    kept = wanted.provisioned_concurrency
    return f"{kept} that are kept started, every second," if kept else "nothing"


def _compute(drawn: Drawn) -> Bill:
    wanted = drawn.wanted
    machines = f"{wanted.instances} x {wanted.instance_type}"
    if wanted.mode is Mode.SERVERLESS:
        memory = (
            f"{wanted.memory_mb} MB of memory while a request is answered, and the data in and out"
        )
        return Bill("SageMaker", f"{memory}; {_idle(wanted)} while there is none", SAGEMAKER)
    if wanted.mode is Mode.BATCH:
        return Bill("SageMaker", f"{machines}, until the job is done", SAGEMAKER)
    if wanted.scaling:
        machines = f"{wanted.scaling.least} to {wanted.scaling.most} x {wanted.instance_type}"
    until = "every hour until `rbridge undeploy`, asked or not; double during an update"
    return Bill("SageMaker", f"{machines}, {until}", SAGEMAKER)
