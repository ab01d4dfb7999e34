"""undeploy: a plan that removes what carries the tags of a deployment, and nothing else.

It starts from what is there, not from what a deployment would have made: so it also clears up
after one that ended half-way, or was made with other options.
"""

import re
from dataclasses import dataclass, field

from bridge.deploy.aws import Aws
from bridge.deploy.names import (
    BUCKET,
    DEPLOYMENT,
    Place,
    alarm_name,
    repository,
    role_name,
    tags_in,
)
from bridge.deploy.removal import bucket_removal
from bridge.deploy.scaling import unscaling_steps
from bridge.deploy.step import Call, Plan, Step, Verb
from bridge.deploy.wanted import check_name


@dataclass(slots=True)
class Found:
    """What is to be removed, in that order, and what is left."""

    name: str
    place: Place
    aws: Aws
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    buckets: set[str] = field(default_factory=set)

    def is_ours(self, tags: Call, what: str) -> bool:
        """Whether it is there, and its tags are of this deployment."""
        answer = self.aws.find(tags)
        if answer is None:
            return False
        told = tags_in(answer)
        if told.get(DEPLOYMENT) == self.name:
            self.buckets |= {value for key, value in told.items() if key == BUCKET}
            return True
        self.notes.append(f"{what} is not of this deployment and stays")
        return False

    def remove(self, why: str, call: Call) -> None:
        """Adds a step."""
        self.steps.append(Step(why, call, Verb.REMOVE))

    def tags_of(self, kind: str, name: str) -> Call:
        """Of something of SageMaker's."""
        arn = self.place.arn("sagemaker", f"{kind}/{name}")
        return Call("sagemaker", "list_tags", {"ResourceArn": arn})


def undeploy_plan(aws: Aws, name: str, place: Place, bucket: str | None, data: bool) -> Plan:
    """``data``: captured requests, answers and logs go too; else they stay and are told."""
    check_name(name)
    found = Found(name, place, aws, buckets={bucket or place.bucket})
    for look in (_endpoint, _configs, _models, _jobs, _alarm, _role, _repository):
        look(found)
    for each in sorted(found.buckets):
        steps, notes = bucket_removal(aws, each, name, place, data)
        found.steps += steps
        found.notes += notes
    _logs(found, data)
    title = f"what is removed in {place.region}, account {place.account}"
    return Plan(name, title, tuple(found.steps), (), tuple(found.notes))


def _endpoint(found: Found) -> None:
    """With its scaling, which may also be left of an endpoint that someone else removed."""
    look = Call("sagemaker", "describe_endpoint", {"EndpointName": found.name})
    tags = found.tags_of("endpoint", found.name)
    is_there = _is_there(found, look)
    if is_there and not found.is_ours(tags, f"the endpoint {found.name}"):
        return
    steps = unscaling_steps(found.name)
    if steps[0].look and found.aws.call(steps[0].look)["ScalableTargets"]:
        found.steps += steps
    if is_there:
        found.steps.append(Step("Nothing may move while it is removed", look, Verb.SETTLE))
        found.remove(
            "From here on no instance is billed",
            Call("sagemaker", "delete_endpoint", {"EndpointName": found.name}),
        )
        found.steps.append(Step("Until it is gone", look, Verb.SETTLE))


def _configs(found: Found) -> None:
    asked = {"NameContains": found.name}
    for page in found.aws.pages(Call("sagemaker", "list_endpoint_configs", asked)):
        for config in page["EndpointConfigs"]:
            name = config["EndpointConfigName"]
            _named(found, "endpoint-config", name, "delete_endpoint_config", "EndpointConfigName")


def _models(found: Found) -> None:
    asked = {"NameContains": found.name}
    for page in found.aws.pages(Call("sagemaker", "list_models", asked)):
        for model in page["Models"]:
            _named(found, "model", model["ModelName"], "delete_model", "ModelName")


def _named(found: Found, kind: str, name: str, operation: str, parameter: str) -> None:
    if re.fullmatch(re.escape(found.name) + "-[0-9a-f]{10}", name) and found.is_ours(
        found.tags_of(kind, name), f"the {kind.replace('-', ' ')} {name}"
    ):
        call = Call("sagemaker", operation, {parameter: name})
        found.remove("One for each form that was deployed", call)


def _jobs(found: Found) -> None:
    asked = {"NameContains": found.name, "StatusEquals": "InProgress"}
    for page in found.aws.pages(Call("sagemaker", "list_transform_jobs", asked)):
        for job in page["TransformJobSummaries"]:
            name = job["TransformJobName"]
            _named(found, "transform-job", name, "stop_transform_job", "TransformJobName")


def _alarm(found: Found) -> None:
    name = alarm_name(found.name)
    there = found.aws.call(Call("cloudwatch", "describe_alarms", {"AlarmNames": [name]}))
    if not there["MetricAlarms"]:  # the question for tags does not tell
        return
    arn = {"ResourceARN": found.place.arn("cloudwatch", f"alarm:{name}")}
    if found.is_ours(Call("cloudwatch", "list_tags_for_resource", arn), f"the alarm {name}"):
        call = Call("cloudwatch", "delete_alarms", {"AlarmNames": [name]})
        found.remove("The alarm of updates", call)


def _role(found: Found) -> None:
    """A role goes once it has no policies; those that someone attached are only detached."""
    role = {"RoleName": role_name(found.name, found.place)}
    if not found.is_ours(Call("iam", "list_role_tags", role), f"the role {role['RoleName']}"):
        return
    for page in found.aws.pages(Call("iam", "list_role_policies", role)):
        for policy in page["PolicyNames"]:
            asked = {**role, "PolicyName": policy}
            found.remove("What the role may do", Call("iam", "delete_role_policy", asked))
    for page in found.aws.pages(Call("iam", "list_attached_role_policies", role)):
        for policy in page["AttachedPolicies"]:
            asked = {**role, "PolicyArn": policy["PolicyArn"]}
            found.remove("The policy itself stays", Call("iam", "detach_role_policy", asked))
    found.remove("The role", Call("iam", "delete_role", role))


def _repository(found: Found) -> None:
    name = repository(found.name)
    arn = {"resourceArn": found.place.arn("ecr", f"repository/{name}")}
    if found.is_ours(Call("ecr", "list_tags_for_resource", arn), f"the repository {name}"):
        asked = {"repositoryName": name, "force": True}
        found.remove("The repository and the images in it", Call("ecr", "delete_repository", asked))


def _logs(found: Found, data: bool) -> None:
    """CloudWatch's log group was made by SageMaker, when the container wrote."""
    group = f"/aws/sagemaker/Endpoints/{found.name}"
    asked = {"logGroupNamePrefix": group}
    told = found.aws.call(Call("logs", "describe_log_groups", asked))["logGroups"]
    if not any(one["logGroupName"] == group for one in told):
        return
    if data:
        call = Call("logs", "delete_log_group", {"logGroupName": group})
        found.remove("The endpoint's log", call)
    else:
        found.notes.append(f"the log group {group} stays; --data removes it")


def _is_there(found: Found, look: Call) -> bool:
    return found.aws.find(look) is not None
