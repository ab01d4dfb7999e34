"""ModelFolder: what is found, every ambiguity and its cure, and mistakes in bridge.toml."""

from pathlib import Path

import pytest

from bridge.errors import ConfigError, ModelNotServable
from bridge.folder import Input, ModelFolder, holds_model, read_folder
from bridge.policy import NA, Become, Policy
from bridge.schema import FIELD_TYPES


def fill(folder: Path, *files: str, toml: str | None = None) -> Path:
    """Makes empty files in ``folder``, and a bridge.toml."""
    for name in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    if toml is not None:
        (folder / "bridge.toml").write_text(toml, encoding="utf-8")
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(ModelNotServable) as caught:
        read_folder(folder)
    return str(caught.value)


def mistake(folder: Path, toml: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read_folder(fill(folder, "m.rds", toml=toml))
    return str(caught.value)


@pytest.mark.parametrize("name", ["model.RData", "m.rda", "m.rds", "M.RDS", "a b.Rda", "x.rdata"])
def test_the_one_model_file_is_found(tmp_path: Path, name: str) -> None:
    folder = read_folder(fill(tmp_path, name, "README.md", "train.R", "data.csv"))
    assert folder == ModelFolder(tmp_path, tmp_path / name)
    assert holds_model(tmp_path)


def test_dot_files_and_folders_are_no_model_files(tmp_path: Path) -> None:
    fill(tmp_path, "m.rds", ".RData", "._m.rds", "old.rds/keep", "sub/other.rds")
    assert read_folder(tmp_path).data_file == tmp_path / "m.rds"


def test_a_workspace_image_alone_is_no_model(tmp_path: Path) -> None:
    assert "holds no .RData, .rda or .rds file" in refusal(fill(tmp_path, ".RData"))
    assert not holds_model(tmp_path)


def test_a_file_is_served_by_itself(tmp_path: Path) -> None:
    fill(tmp_path, "a.rds", "b.rds", "inference.R", toml="not toml at all")
    assert read_folder(tmp_path / "b.rds") == ModelFolder(tmp_path, tmp_path / "b.rds")
    assert holds_model(tmp_path / "b.rds")


def test_relative_paths_are_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, "m.rds")
    monkeypatch.chdir(tmp_path)
    assert read_folder(Path()).data_file == tmp_path / "m.rds"
    assert read_folder(Path("m.rds")).data_file == tmp_path / "m.rds"


def test_nothing_there(tmp_path: Path) -> None:
    assert refusal(tmp_path / "absent") == f"there is no model at {tmp_path / 'absent'}"
    assert not holds_model(tmp_path / "absent")


def test_an_empty_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path} holds no .RData, .rda or .rds file, and no inference.R"
    assert not holds_model(tmp_path)


def test_two_model_files_are_named_with_what_to_write(tmp_path: Path) -> None:
    assert refusal(fill(tmp_path, "b.RData", "a.rds")) == (
        f"{tmp_path} holds 2 model files: a.rds, b.RData; say which one to serve in "
        'bridge.toml:\nfile = "a.rds"'
    )


def test_the_cure_works(tmp_path: Path) -> None:
    fill(tmp_path, "b.RData", "a.rds", toml='file = "b.RData"')
    assert read_folder(tmp_path).data_file == tmp_path / "b.RData"


def test_a_named_file_may_be_called_anything_but_must_be_there(tmp_path: Path) -> None:
    fill(tmp_path, "sub/model.bin", toml='file = "sub/model.bin"')
    assert read_folder(tmp_path).data_file == tmp_path / "sub/model.bin"
    fill(tmp_path, toml='file = "gone.rds"')
    assert refusal(tmp_path) == f'bridge.toml names the file "gone.rds", which is not in {tmp_path}'


@pytest.mark.parametrize("script", ["inference.R", "code/inference.R"])
def test_hooks_are_found_in_either_place(tmp_path: Path, script: str) -> None:
    assert read_folder(fill(tmp_path, "m.rds", script)).script == tmp_path / script


def test_hooks_beside_the_model_win(tmp_path: Path) -> None:
    fill(tmp_path, "m.rds", "inference.R", "code/inference.R")
    assert read_folder(tmp_path).script == tmp_path / "inference.R"


def test_hooks_without_a_model_file_may_make_the_model(tmp_path: Path) -> None:
    folder = read_folder(fill(tmp_path, "code/inference.R"))
    assert folder.data_file is None and folder.script and holds_model(tmp_path)


def test_golden_answers_are_found(tmp_path: Path) -> None:
    assert read_folder(fill(tmp_path, "m.rds")).golden is None
    assert read_folder(fill(tmp_path, "golden.jsonl")).golden == tmp_path / "golden.jsonl"


def test_everything_that_bridge_toml_can_say(tmp_path: Path) -> None:
    toml = """
    object = "lm2_save"
    unknown_fields = "refuse"
    merge = false
    [policy]
    absent = "na"
    [policy.gender]
    other = "F"
    [inputs.hmtime]
    type = "string"
    [inputs.gender]
    type = "factor"
    levels = "sex"
    [inputs.size]
    type = "factor"
    levels = ["S", "", "größer"]
    [inputs.region]
    type = "factor"
    """
    folder = read_folder(fill(tmp_path, "m.rds", toml=toml))
    assert (folder.object, folder.refuse_unknown, folder.merge) == ("lm2_save", True, False)
    assert folder.policies.of("gender") == Policy(unseen=Become("F"), absent=NA)
    assert folder.inputs == (
        Input("hmtime", "string"),
        Input("gender", "factor", (), "sex"),
        Input("size", "factor", ("S", "", "größer")),
        Input("region", "factor"),
    )


def test_without_bridge_toml_the_model_speaks_for_itself(tmp_path: Path) -> None:
    folder = read_folder(fill(tmp_path, "m.rds", toml='unknown_fields = "ignore"'))
    assert folder == ModelFolder(tmp_path, tmp_path / "m.rds")


MISTAKES = [
    ("file = ", "is not TOML"),
    ('sha256 = "abc"', "sha256 is the 64 hexadecimal digits"),
    ('fil = "m.rds"', 'there is no key "fil"; the keys are file, object, unknown_fields'),
    ("file = 1", "file must be a TOML str"),
    ('merge = "yes"', "merge must be a TOML bool"),
    ("merge = 1", "merge must be a TOML bool"),
    ('inputs = "x"', "inputs must be a TOML dict"),
    ('packages = "mgcv"', "packages must be a TOML list"),
    ("packages = [1]", 'packages is a list of names, such as ["mgcv"]'),
    ("[predict.type]", "predict.type is a string, number or boolean"),
    ('[predict]\nn = [1, "a"]', "predict.n is a string, number or boolean, or a list of these"),
    ('policy = "na"', "policy must be a TOML dict"),
    ('[policy]\nunseen = "drop"', 'policy.unseen is "reject" or "na", not \'drop\''),
    ('unknown_fields = "refused"', '"ignore" or "refuse", not "refused"'),
    ("[inputs]", "[inputs] declares no field"),
    ('[inputs]\nx = "number"', "inputs.x is a table"),
    ("[inputs.x]", f"inputs.x: type must be one of {', '.join(FIELD_TYPES)}"),
    ('[inputs.x]\ntype = "numeric"', "not 'numeric'"),
    ("[inputs.x]\ntype = 1", "inputs.x: type must be one of"),
    ('[inputs.x]\ntype = ["number"]', "inputs.x: type must be one of"),
    ('[inputs.x]\ntype = "number"\nunit = "s"', 'with "type" and, for a factor, "levels"'),
    ('[inputs.x]\ntype = "number"\nlevels = ["a"]', "inputs.x: levels"),
    ('[inputs.x]\ntype = "string"\nlevels = "a"', "inputs.x: levels"),
    ('[inputs.x]\ntype = "factor"\nlevels = []', "inputs.x: levels"),
    ('[inputs.x]\ntype = "factor"\nlevels = ["a", 1]', "inputs.x: levels"),
    ('[inputs.x]\ntype = "factor"\nlevels = ["a", "a"]', "inputs.x: levels"),
]


@pytest.mark.parametrize(("toml", "message"), MISTAKES)
def test_a_mistake_in_bridge_toml_is_told(tmp_path: Path, toml: str, message: str) -> None:
    told = mistake(tmp_path, toml)
    assert "bridge.toml" in told and message in told


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "bridge.toml").write_bytes(b'object = "\xe9"')
    with pytest.raises(ConfigError, match=r"bridge\.toml is not TOML"):
        read_folder(tmp_path)


def test_a_folder_and_a_file_have_a_name(tmp_path: Path) -> None:
    model = tmp_path / "sales.2024"
    model.mkdir()
    (model / "m.v2.rds").touch()
    assert read_folder(model).name == "sales.2024"
    assert read_folder(model / "." / ".." / "sales.2024").name == "sales.2024"
    assert read_folder(model / "m.v2.rds").name == "m.v2"


@pytest.mark.parametrize("alone", [True, False])
def test_a_file_may_have_so_many_mib(tmp_path: Path, alone: bool) -> None:
    file = fill(tmp_path, "m.rds") / "m.rds"
    path = file if alone else tmp_path
    file.write_bytes(b"x" * (2 << 20))
    assert read_folder(path, 2) == read_folder(path)
    file.write_bytes(b"x" * ((2 << 20) + 52429))
    with pytest.raises(ModelNotServable, match=r"m\.rds has 2\.1 MiB; .* max_model_mb allows 2"):
        read_folder(path, 2)
