"""docs/infrastructure.md: its files, parameters and command against the template."""

import re
import shlex
import shutil
import subprocess
import tarfile
from pathlib import Path

import cfnlint.decode  # type: ignore[import-untyped]

from bridge.deploy.packing import pack
from tests.serving import MARATHON, ROOT

PAGE = (ROOT / "docs" / "infrastructure.md").read_text(encoding="utf-8")
TEMPLATE = cfnlint.decode.decode(str(ROOT / "deploy" / "cloudformation.yaml"))[0]
PARAMETERS = TEMPLATE["Parameters"]


def test_every_file_is_told() -> None:
    files = {path.name for path in (ROOT / "deploy").iterdir()}
    assert set(re.findall(r"\.\./deploy/([\w.-]+)\)", PAGE)) == files


def test_every_parameter_is_told_with_its_default() -> None:
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|([^|]*)\|", PAGE, re.MULTILINE)
    told: dict[str, str] = {}
    for names, defaults in rows:
        found = re.findall(r"\w+", names)
        told |= dict(zip(found, [*defaults.replace("`", "").strip().split(", "), ""], strict=False))
    assert told == {name: str(one.get("Default", "")) for name, one in PARAMETERS.items()}


def test_the_archive_holds_what_rbridge_deploy_packs(tmp_path: Path) -> None:
    (command,) = re.findall(r"^tar .*$", PAGE, re.MULTILINE)
    model = shutil.copytree(MARATHON, tmp_path / "models" / "marathon")
    (model / ".hidden").write_text("x")
    subprocess.run(shlex.split(command), cwd=tmp_path, check=True)
    pack(model, tmp_path / "packed.tar.gz")
    files = [regular_files(tmp_path / name) for name in ("model.tar.gz", "packed.tar.gz")]
    assert files[0] == files[1] >= {"model.RData", "inference.R", "bridge.toml"}


def regular_files(archive: Path) -> set[str]:
    with tarfile.open(archive) as tar:
        return {member.name.removeprefix("./") for member in tar if member.isfile()}


def test_the_command_gives_what_must_be_given() -> None:
    (command,) = re.findall(
        r"^(aws cloudformation deploy .*?)\n```", PAGE, re.MULTILINE | re.DOTALL
    )
    words = shlex.split(command.replace("\\\n", " "))
    given = dict(word.split("=", 1) for word in words[words.index("--parameter-overrides") + 1 :])
    assert given.keys() == {name for name, one in PARAMETERS.items() if "Default" not in one}
    for name, value in given.items():
        assert re.fullmatch(PARAMETERS[name]["AllowedPattern"], value.replace("BUCKET", "ours"))
    assert words[words.index("--template-file") + 1] == "deploy/cloudformation.yaml"
