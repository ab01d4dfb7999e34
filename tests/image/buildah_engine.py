"""buildah_engine: the image and its containers where no Docker engine answers. Needs root.

buildah builds without any daemon, in a chroot and on this machine's network. Its storage
is our own. The base image is made with debootstrap, so that no image registry is needed;
it is kept for the next run, everything else is removed.
"""

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .engine import MODEL_MOUNT, Config, Container, EngineError, Start
from .host_container import running
from .report import say

CACHE = Path("/var/cache/rbridge-image-test")
BOOTSTRAPPED = "localhost/rbridge-image-test/trixie:latest"
STAND_IN = "docker.io/library/debian:trixie-slim"  # the name that the Dockerfile uses
TAG = "localhost/rbridge-image-test:latest"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
PACKAGES = {
    "buildah": "/usr/bin/buildah",
    "debootstrap": "/usr/sbin/debootstrap",
    "debian-archive-keyring": KEYRING,
}
# What debian:trixie-slim leaves out, now and in packages to come.
SLIM = ("doc", "info", "locale", "man")
CERTIFICATES = Path(os.environ.get("PIP_CERT", "/etc/ssl/certs/ca-certificates.crt"))
CHROOT = ["--isolation", "chroot", "--network", "host"]
TOKEN = "RBRIDGE_IMAGE_TEST"  # in the environment of every process of a container

# Makes the shell, which is PID 1 of its namespace, the server: root, environment, command.
ALONE = """
set -eu
root=$1
shift
cd /
mount --bind "$root" "$root"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
mount -o remount,bind,ro "$root"
exec chroot "$root" /usr/bin/env -i "$@"
"""


class BuildahEngine:
    """See ``engine.Engine``."""

    name = "buildah"

    def __init__(self) -> None:
        """Installs what is missing, saying so; waits for another test of this machine."""
        _install_missing()
        CACHE.mkdir(parents=True, exist_ok=True)
        self._lock = (CACHE / "lock").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        # As buildah does, not in /tmp: an image may be too large for that.
        self._scratch = tempfile.TemporaryDirectory(prefix="rbridge-image-test-", dir="/var/tmp")
        self._log = Path(self._scratch.name) / "build.log"
        self._for_commands = ""
        self._remove_all()

    def build(self, context: Path) -> None:
        if not self._has(BOOTSTRAPPED):
            self._bootstrap()
        self._stand_in()
        options = ["--pull-never", "--tag", TAG, *CHROOT]
        self._run(*self._buildah("build-using-dockerfile", *options, str(context)))

    def config(self) -> Config:
        inspected = json.loads(self._run(*self._buildah("inspect", "--type", "image", TAG)))
        config = inspected["OCIv1"]["config"]
        return Config(
            entrypoint=config["Entrypoint"],
            cmd=config["Cmd"],
            env=config["Env"],
            labels=config.get("Labels", {}),
            ports=list(config.get("ExposedPorts", {})),
            user=config.get("User", ""),
        )

    def output(self, *command: str) -> str:
        # Making a container copies the image: one serves for all commands.
        if not self._for_commands:
            self._for_commands = self._run(*self._buildah("from", "--pull-never", TAG))
        return self._run(*self._buildah("run", *CHROOT, self._for_commands, "--", *command))

    @contextmanager
    def start(self, start: Start, port: int) -> Iterator[Container]:
        config = self.config()
        command = [*config.entrypoint, *(start.arguments or config.cmd)]
        token = f"{TOKEN}={uuid.uuid4().hex}"
        environment = [f"RBRIDGE_PORT={port}", token, f"RBRIDGE_R_ENVIRONMENT={TOKEN}"]
        log = Path(self._scratch.name) / f"{token}.log"
        with self._container(TAG) as container:
            if start.alone:
                root = self._run(*self._buildah("mount", container))
                argv = _alone(root, [*config.env, *environment, *command])
            else:
                argv = self._buildah(
                    "run", *CHROOT, *_options(environment, start.model), container, "--", *command
                )
            with running(argv, log, token) as server:
                yield server

    def close(self) -> None:
        self._remove_all()
        self._scratch.cleanup()
        self._lock.close()

    def _bootstrap(self) -> None:
        say(f"making the base image with debootstrap; it is kept in {CACHE}")
        with self._container("scratch") as container:
            root = Path(self._run(*self._buildah("mount", container)))
            self._run(
                "debootstrap", "--variant=minbase", f"--keyring={KEYRING}", "trixie", str(root)
            )
            _slim(root)
            self._run(*self._buildah("commit", container, BOOTSTRAPPED))

    def _stand_in(self) -> None:
        """The base image under its name, with what pip needs on this machine's network."""
        with self._container(BOOTSTRAPPED) as container:
            root = Path(self._run(*self._buildah("mount", container)))
            if CERTIFICATES.is_file():
                shutil.copy(CERTIFICATES, root / "etc/pip-certificates.crt")
                (root / "etc/pip.conf").write_text("[global]\ncert = /etc/pip-certificates.crt\n")
            self._run(*self._buildah("commit", container, STAND_IN))

    @contextmanager
    def _container(self, image: str) -> Iterator[str]:
        container = self._run(*self._buildah("from", "--pull-never", image))
        try:
            yield container
        finally:
            self._run(*self._buildah("rm", container))

    def _remove_all(self) -> None:
        """Removes every container and image of our storage but the bootstrapped one."""
        self._run(*self._buildah("rm", "--all"))
        for image in (TAG, STAND_IN):
            if self._has(image):
                self._run(*self._buildah("rmi", "--force", image))
        self._run(*self._buildah("rmi", "--prune"))

    def _has(self, image: str) -> bool:
        names = self._run(*self._buildah("images", "--format", "{{.Name}}:{{.Tag}}"))
        return image in names.splitlines()

    def _buildah(self, command: str, *arguments: str) -> list[str]:
        storage = ["--root", f"{CACHE}/storage", "--runroot", f"{CACHE}/run"]
        return ["buildah", "--storage-driver", "vfs", *storage, command, *arguments]

    def _run(self, *command: str) -> str:
        """What the command prints; its messages go to a file, whose end an error shows."""
        with self._log.open("w") as log:
            process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "TMPDIR": self._scratch.name},
            )
            with _ended_gently(process):
                printed = process.communicate()[0]
        if process.returncode != 0:
            end = (printed + self._log.read_text())[-4000:]
            raise EngineError(f"{' '.join(command)}: exit status {process.returncode}\n{end}")
        return printed.strip()


@contextmanager
def _ended_gently(process: "subprocess.Popen[str]") -> Iterator[None]:
    """Where the test is interrupted, buildah may still unmount and unlock."""
    try:
        yield
    except BaseException:
        process.terminate()
        process.wait()
        raise


def _alone(root: str, environment_and_command: list[str]) -> list[str]:
    unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    return [*unshare, "sh", "-c", ALONE, "sh", root, *environment_and_command]


def _options(environment: list[str], model: Path | None) -> list[str]:
    options = [option for entry in environment for option in ("--env", entry)]
    return [*options, "--volume", f"{model}:{MODEL_MOUNT}:ro"] if model else options


def _slim(root: Path) -> None:
    shutil.rmtree(root / "var/lib/apt/lists")
    shutil.rmtree(root / "var/cache/apt")
    rules = root / "etc/dpkg/dpkg.cfg.d/slim"
    for folder in SLIM:
        shutil.rmtree(root / "usr/share" / folder)
        (root / "usr/share" / folder).mkdir()
    rules.write_text("".join(f"path-exclude /usr/share/{folder}/*\n" for folder in SLIM))


def _install_missing() -> None:
    missing = [package for package, path in PACKAGES.items() if not Path(path).exists()]
    if not missing:
        return
    if shutil.which("apt-get") is None:
        raise EngineError(f"no Docker engine answers, and there is no apt to install {missing}")
    say(f"installing with apt: {' '.join(missing)}")
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"]
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
        done = subprocess.run(
            [*apt, *arguments],
            stdout=subprocess.DEVNULL,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            check=False,
        )
        if done.returncode != 0:
            raise EngineError(f"apt-get {' '.join(arguments)}: exit status {done.returncode}")
