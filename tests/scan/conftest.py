"""Hostile files: those that R makes, in one session, and those that only a hand can make."""

import subprocess
from pathlib import Path

import pytest

from tests.scan import craft
from tests.scan.craft import NULL

HERE = Path(__file__).parent
_EVIL = craft.call("file.create", craft.string("ran-misplaced"))

CRAFTED = {
    "misplaced-promise.rds": craft.rds("19\n1\n" + craft.promise(_EVIL)),
    "misplaced-promise.RData": craft.workspace(x=craft.promise(_EVIL)),
    "promise-in-attribute.rds": craft.rds(
        craft.with_attributes(19, "0\n", state=craft.promise(_EVIL))
    ),
    "promise-with-function.rds": craft.rds(
        craft.environment(craft.pairlist(p=craft.promise("6\n" + craft.closure(_EVIL) + NULL)))
    ),
    "promise-with-primitive.rds": craft.rds(
        craft.environment(craft.pairlist(p=craft.promise("6\n8\n9\n.External\n" + NULL)))
    ),
    "promise-by-name.rds": craft.rds(
        craft.environment(craft.pairlist(p=craft.promise(craft.call("sapply", craft.symbol("f")))))
    ),
    "promise-of-other-name.rds": craft.rds(
        craft.environment(
            craft.pairlist(
                p=craft.promise(
                    craft.call(
                        "{",
                        craft.call("<-", craft.symbol("sum"), craft.symbol("evil")),
                        craft.call("sum"),
                    )
                )
            )
        )
    ),
    "promise-compiled.rds": craft.rds(
        craft.environment(
            craft.pairlist(
                p=craft.promise(
                    craft.compiled(f"0\n{craft.symbol('x')}", f"1\n{craft.symbol('file.create')}")
                )
            )
        )
    ),
    "masking-method.rds": craft.rds(
        craft.environment(f"1026\n{craft.symbol('[.factor')}{craft.closure(_EVIL)}{NULL}")
    ),
    "altrep-package.rds": craft.rds(craft.altrep("evil", "parallel", 13, NULL)),
    "altrep-file.rds": craft.rds(
        craft.altrep("mmap_integer", "base", 13, "2\n" + craft.string("/etc/passwd") + NULL)
    ),
    "altrep-confused.rds": craft.rds(
        craft.altrep("compact_intseq", "base", 13, craft.string("n", "first", "step"))
    ),
    "altrep-other-type.rds": craft.rds(
        craft.altrep("compact_intseq", "base", 19, craft.doubles(3, 1, 1))
    ),
    "hidden-primitive.rds": craft.rds("8\n6\nsystem\n"),
    "weak.rds": craft.rds("19\n1\n23\n"),
    "bytecode.rds": craft.rds(
        craft.closure(
            craft.compiled(
                "6\n" + NULL + f"0\n{craft.symbol('sum')}254\n{NULL}",
                f"1\n{craft.symbol('hidden_name')}",
            )
        )
    ),
    "frame.rds": craft.rds(craft.environment(craft.integers(1))),
    "table.rds": craft.rds(craft.environment(NULL, table=craft.integers(1))),
    "enclosure.rds": craft.rds(craft.environment(NULL, enclosure=craft.integers(1))),
    "function.rds": craft.rds(craft.closure(NULL, env=craft.pairlist(x=NULL))),
    "attributes.rds": craft.rds("525\n0\n" + craft.integers(1)),
    "tag.rds": craft.rds("1026\n" + craft.integers(1) + NULL + NULL),
    "persistent.rds": craft.rds("247\n0\n1\n262153\n1\nx\n"),
    "reference.rds": craft.rds("511\n"),
    "trailing.rds": craft.rds(NULL) + b"more",
}


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all of them."""
    folder = tmp_path_factory.mktemp("hostile")
    run_r("hostile.R", folder)
    for name, content in CRAFTED.items():
        (folder / name).write_bytes(content)
    return folder


def run_r(script: str, folder: Path) -> str:
    """What an R session prints that runs a script of this folder in another."""
    command = ["Rscript", "--vanilla", str(HERE / script)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def benign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with models of many families, and one list saved in every way."""
    folder = tmp_path_factory.mktemp("benign")
    run_r("benign.R", folder)
    return folder
