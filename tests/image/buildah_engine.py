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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .engine import PLAIN, Config, Container, EngineError, Start
from .host_container import running
from .report import say

CACHE = Path("/var/cache/rbridge-image-test")
BOOTSTRAPPED = "localhost/rbridge-image-test/trixie:latest"
STAND_IN = "docker.io/library/debian:trixie-slim"  # the name that the Dockerfile uses
NAME = "localhost/rbridge-image-test"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
PACKAGES = {
    "buildah": "/usr/bin/buildah",
    "debootstrap": "/usr/sbin/debootstrap",
    "debian-archive-keyring": KEYRING,
    "iproute2": "/usr/sbin/ip",
}
# What debian:trixie-slim leaves out, now and in packages to come.
SLIM = ("doc", "info", "locale", "man")
CERTIFICATES = Path(os.environ.get("PIP_CERT", "/etc/ssl/certs/ca-certificates.crt"))
CHROOT = ["--isolation", "chroot", "--network", "host"]
TOKEN = "RBRIDGE_IMAGE_TEST"  # in the environment of every process of a container

# Makes the shell, which is PID 1 of its namespace, the server: root, "offline" or "", user or "",
# number of mounts, these as pairs, then environment and command.
ALONE = """
set -eu
root=$1 offline=$2 user=$3 mounts=$4
shift 4
cd /
mount --bind "$root" "$root"
while [ "$mounts" -gt 0 ]; do
  mkdir -p "$root$1"
  mount --bind "$2" "$root$1"
  mount -o remount,bind,ro "$root$1"
  mounts=$((mounts - 1))
  shift 2
done
mount -t tmpfs tmpfs "$root/dev"
for device in null zero full random urandom; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
[ -n "$user" ] || mkdir -m 1777 "$root/dev/shm"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
mount -o remount,bind,ro "$root"
[ -z "$offline" ] || ip link set lo up
exec chroot ${user:+--userspec="$user"} "$root" /usr/bin/env -i "$@"
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
        self._driver = _driver()
        # As buildah does, not in /tmp: an image may be too large for that.
        self._scratch = tempfile.TemporaryDirectory(prefix="rbridge-image-test-", dir="/var/tmp")
        self._log = Path(self._scratch.name) / "build.log"
        self._remove_all()

    def build(self, context: Path, image: str, arguments: Mapping[str, str]) -> None:
        if not self._has(BOOTSTRAPPED):
            self._bootstrap()
        if not self._has(STAND_IN):
            self._stand_in()
        given = [word for pair in arguments.items() for word in ("--build-arg", "=".join(pair))]
        options = ["--pull-never", "--format", "docker", "--tag", _tag(image)]
        # What two images share is built once, where a layer is no copy of all below it.
        options += ["--layers"] if self._driver == "overlay" else []
        build = self._buildah("build", *options, *CHROOT, *given, str(context))
        self._run(*build)

    def tag(self, image: str) -> str:
        return _tag(image)

    def commands(self) -> Mapping[str, str]:
        """With buildah alone on the path, and in our storage."""
        folder = Path(self._scratch.name) / "bin"
        folder.mkdir(exist_ok=True)
        words = " ".join(self._buildah("$command"))
        options = f"--pull-never {' '.join(CHROOT)}"
        (folder / "buildah").write_text(
            "#!/bin/sh\ncommand=$1; shift\n"
            f'[ "$command" = build ] && set -- {options} "$@"\nexec /usr/bin/{words} "$@"\n'
        )
        (folder / "buildah").chmod(0o755)
        for other in ("docker", "podman"):
            (folder / other).write_text("#!/bin/sh\nexit 1\n")
            (folder / other).chmod(0o755)
        return {"PATH": f"{folder}:{os.environ['PATH']}", "TMPDIR": self._scratch.name}

    def config(self) -> Config:
        inspected = json.loads(self._run(*self._buildah("inspect", "--type", "image", _tag(PLAIN))))
        config = inspected["Docker"]["config"]
        return Config(
            entrypoint=config["Entrypoint"],
            cmd=config["Cmd"],
            env=config["Env"],
            labels=config.get("Labels", {}),
            ports=list(config.get("ExposedPorts", {})),
            user=config.get("User", ""),
            health=config.get("Healthcheck", {}).get("Test", []),
        )

    def output(self, *command: str, image: str = PLAIN) -> str:
        with self._container(_tag(image)) as container:
            return self._run(*self._buildah("run", *CHROOT, container, "--", *command))

    def made(self, folder: Path, image: str, *command: str) -> None:
        options = ["--volume", f"{folder}:/work", "--workingdir", "/work"]
        with self._container(_tag(image)) as container:
            self._run(*self._buildah("run", *CHROOT, *options, container, "--", *command))

    @contextmanager
    def start(self, start: Start, port: int) -> Iterator[Container]:
        config = self.config()
        command = [*config.entrypoint, *(start.arguments or config.cmd)]
        token = f"{TOKEN}={uuid.uuid4().hex}"
        environment = [f"{start.port_name}={port}", token, f"RBRIDGE_R_ENVIRONMENT={TOKEN}"]
        environment += [f"{name}={value}" for name, value in start.environment.items()]
        log = Path(self._scratch.name) / f"{token}.log"
        with self._container(_tag(start.image)) as container:
            if start.alone:
                root = self._run(*self._buildah("mount", container))
                argv = _alone(root, start, [*config.env, *environment, *command])
            else:
                argv = self._buildah(
                    "run", *CHROOT, *_options(environment, start.mounts), container, "--", *command
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
        for image in self._names():
            if image != BOOTSTRAPPED:
                self._run(*self._buildah("rmi", "--force", image))
        self._run(*self._buildah("rmi", "--prune"))

    def _names(self) -> list[str]:
        names = self._run(*self._buildah("images", "--format", "{{.Name}}:{{.Tag}}"))
        return [name for name in names.splitlines() if "<none>" not in name]

    def _has(self, image: str) -> bool:
        return image in self._names()

    def _buildah(self, command: str, *arguments: str) -> list[str]:
        storage = ["--root", f"{CACHE}/{self._driver}", "--runroot", f"{CACHE}/run-{self._driver}"]
        return ["buildah", "--storage-driver", self._driver, *storage, command, *arguments]

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


def _tag(image: str) -> str:
    return f"{NAME}:{image}"


def _alone(root: str, start: Start, environment_and_command: list[str]) -> list[str]:
    spaces = ["--mount", "--pid", *(["--net"] if start.offline else [])]
    mounts = [word for at, path in start.mounts.items() for word in (at, str(path))]
    options = ["offline" if start.offline else "", "1000:1000" if start.unprivileged else ""]
    shell = ["sh", "-c", ALONE, "sh", root, *options, str(len(start.mounts)), *mounts]
    return ["unshare", *spaces, "--fork", "--kill-child", *shell, *environment_and_command]


def _options(environment: list[str], mounts: Mapping[str, Path]) -> list[str]:
    variables = [word for entry in environment for word in ("--env", entry)]
    return variables + [
        word for at, path in mounts.items() for word in ("--volume", f"{path}:{at}:ro")
    ]


def _driver() -> str:
    """Overlays share what images have in common; a kernel or a container may not have them."""
    trial = ["buildah", "--root", f"{CACHE}/overlay", "--runroot", f"{CACHE}/run-overlay"]
    trial += ["--storage-driver", "overlay", "images"]
    done = subprocess.run(trial, capture_output=True, check=False)
    return "overlay" if done.returncode == 0 else "vfs"


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
