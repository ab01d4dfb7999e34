"""rbridge deploy and undeploy, from the command line, against moto and a real server."""

import io
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from moto.sagemaker.models import FakeEndpoint

from bridge.cli.deploying import Progress
from bridge.deploy.step import Call, Step
from tests.deploy.cloud import Cloud
from tests.deploy.runs import IMAGE


def outside() -> dict[str, str]:
    """The environment, without what it may hold of AWS."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


def rbridge(
    environ: dict[str, str], *arguments: str | Path, stdin: int = subprocess.DEVNULL
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bridge.cli", *map(str, arguments)]
    environ = {**outside(), **environ}
    return subprocess.run(
        command, stdin=stdin, capture_output=True, text=True, check=False, env=environ
    )


def at_a_terminal(
    answer: str, environ: dict[str, str], *arguments: str | Path
) -> subprocess.CompletedProcess[str]:
    """As someone who types the answer sees it."""
    terminal, other = pty.openpty()
    try:
        os.write(terminal, answer.encode())
        return rbridge(environ, *arguments, stdin=other)
    finally:
        os.close(terminal)
        os.close(other)


def test_from_a_folder_to_an_endpoint_and_back(
    cloud: Cloud, environ: dict[str, str], model: Path
) -> None:
    untouched = cloud.holds()
    done = at_a_terminal("n\n", environ, "deploy", model, "--image", IMAGE)
    assert done.returncode == 2
    assert "What AWS bills" in done.stdout and done.stdout.endswith("Nothing was changed.\n")
    assert cloud.holds() == untouched
    done = at_a_terminal("y\n", environ, "deploy", model, "--image", IMAGE, "--tag", "team=a")
    assert (done.returncode, done.stderr) == (0, "")
    assert "12/14  2 alike    local.golden  marathon\n" in done.stdout
    last = "To remove it: rbridge undeploy marathon --region eu-west-1\n"
    assert "marathon is done: a real-time endpoint in eu-west-1" in done.stdout
    assert done.stdout.endswith(last)
    done = at_a_terminal("y\n", environ, "undeploy", "marathon")
    assert done.returncode == 0 and done.stdout.endswith("marathon is removed.\n")
    assert cloud.holds() == untouched
    done = rbridge(environ, "undeploy", "marathon")
    assert (done.returncode, done.stdout) == (0, "There is nothing of marathon to remove.\n")


def test_where_nobody_can_be_asked_nothing_is_made(
    cloud: Cloud, environ: dict[str, str], model: Path
) -> None:
    untouched = cloud.holds()
    done = rbridge(environ, "deploy", model, "--image", IMAGE)
    assert done.returncode == 2
    assert done.stderr == "rbridge: nobody can be asked here; please give --yes to go ahead\n"
    assert cloud.holds() == untouched


def test_answers_that_differ_are_a_status_of_their_own(
    cloud: Cloud, environ: dict[str, str], model: Path, tmp_path: Path
) -> None:
    (tmp_path / "My Model").mkdir()
    (tmp_path / "My Model" / "m.RData").write_bytes((model / "model.RData").read_bytes())
    golden = {"request": {"hmtime": "1:30:20", "gender": "M"}, "status": 422}
    (tmp_path / "My Model" / "golden.jsonl").write_text(json.dumps(golden))
    done = rbridge(environ, "deploy", tmp_path / "My Model", "--image", IMAGE, "--yes")
    assert done.returncode == 1
    assert "line 1: status 200 and not 422" in done.stderr
    assert "remove it with: rbridge undeploy my-model --region eu-west-1" in done.stderr
    told = json.loads(rbridge(environ, "undeploy", "my-model", "--plan", "--json").stdout)
    assert "delete_endpoint" in [step["operation"] for step in told["steps"]]
    assert "endpoint my-model" in cloud.holds()


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "no region is set; please give one, such as --region eu-west-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "please run `aws configure` or `aws sso login`"),
        ({"AWS_PROFILE": "work"}, "The config profile (work) could not be found"),
    ],
    ids=["region", "credentials", "profile"],
)
def test_what_aws_needs_to_know_is_asked_for(
    environ: dict[str, str], said: str, model: Path, tmp_path: Path
) -> None:
    home = {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    done = rbridge({**home, **environ}, "deploy", model, "--image", IMAGE, "--yes")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr and "Traceback" not in done.stderr


def test_without_boto3_it_is_said_what_to_install(model: Path, tmp_path: Path) -> None:
    (tmp_path / "boto3.py").write_text("raise ImportError")
    environ = {"PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"}
    for command in (("deploy", model, "--yes"), ("undeploy", "marathon")):
        done = rbridge(environ, *command)
        assert done.returncode == 2
        assert done.stderr.startswith("rbridge: boto3 is not installed")
        assert "requirements-deploy.txt" in done.stderr


def test_a_server_imports_nothing_of_it() -> None:
    code = "import sys, bridge.cli.deploy; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert not [name for name in loaded if name.startswith(("boto", "bridge.deploy"))]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--json"], "--json goes with --plan"),
        (["--tag", "team"], '"team" is not NAME=VALUE'),
        (["--scale-target", "5", "--plan"], "go with --max-instances"),
        (["--max-instances", "2", "--scale-metric", "A:B:Sum", "--plan"], "with --scale-target"),
        (["--mode", "lambda", "--plan"], "'lambda' is not one of"),
        (["--mode", "serverless", "--capture", "5", "--plan"], "does not go with --capture"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_that_cannot_be(model: Path, arguments: list[str], said: str) -> None:
    done = rbridge({}, "deploy", model, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_every_option_reaches_the_plan(model: Path) -> None:
    arguments = f"""--mode multi-model --name many --region eu-west-3 --bucket b --image {IMAGE}
        --instance-type ml.m5.xlarge --instances 2 --min-instances 2 --max-instances 5
        --scale-target 7 --scale-metric A/B:C:Sum --startup-timeout 90 --bake 30 --capture 9
        --subnet subnet-7 --security-group sg-7 --network-isolation --env E=F=G --tag T=U
        --role arn:aws:iam::123456789012:role/r
        --kms-key arn:aws:kms:eu-west-3:123456789012:key/k""".split()
    done = rbridge({}, "deploy", model.parent, "--plan", "--json", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    steps = {step["operation"]: step["parameters"] for step in json.loads(done.stdout)["steps"]}
    made = steps["create_model"]
    assert made["PrimaryContainer"]["Environment"] == {"E": "F=G"}
    assert made["VpcConfig"] == {"SecurityGroupIds": ["sg-7"], "Subnets": ["subnet-7"]}
    assert made["EnableNetworkIsolation"] is True
    assert {"Key": "T", "Value": "U"} in made["Tags"]
    config = steps["create_endpoint_config"]
    assert config["DataCaptureConfig"]["InitialSamplingPercentage"] == 9
    assert config["KmsKeyId"].endswith("key/k")
    (variant,) = config["ProductionVariants"]
    assert (variant["InstanceType"], variant["InitialInstanceCount"]) == ("ml.m5.xlarge", 2)
    assert variant["ContainerStartupHealthCheckTimeoutInSeconds"] == 90
    assert steps["register_scalable_target"]["MaxCapacity"] == 5
    policy = steps["put_scaling_policy"]["TargetTrackingScalingPolicyConfiguration"]
    assert policy["TargetValue"] == 7
    assert policy["CustomizedMetricSpecification"]["MetricName"] == "C"


def test_an_interrupted_deployment_is_no_success(
    cloud: Cloud, environ: dict[str, str], model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = FakeEndpoint.__init__

    def slow(self: FakeEndpoint, *given: Any, **named: Any) -> None:
        made(self, *given, **named)
        self.endpoint_status = "Creating"

    monkeypatch.setattr(FakeEndpoint, "__init__", slow)
    command = [sys.executable, "-m", "bridge.cli", "deploy", str(model), "--image", IMAGE, "--yes"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**outside(), **environ},
    ) as process:  # fmt: skip
        assert process.stderr is not None
        assert process.stderr.readline() == "       Creating\n"
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGINT
    assert "interrupted; what AWS has begun goes on" in said
    assert "is done" not in out


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_what_is_waited_for_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    progress = Progress(9)
    progress.watch("Creating", 10.2)
    progress.watch("Creating", 20.4)
    progress.say(3, "made", Step("", Call("sagemaker", "create_endpoint", {"EndpointName": "a"})))
    shown = [line.strip() for line in terminal.getvalue().split("\r")]
    assert [line for line in shown if line] == ["Creating, 10 s", "Creating, 20 s"]
    assert capsys.readouterr().out == " 3/9  made       sagemaker.create_endpoint  a\n"
