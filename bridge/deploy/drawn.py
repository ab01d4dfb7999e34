"""Drawn: what the steps of one plan share: where, under which names, from which archives."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from bridge.deploy.cannot import CannotDeploy
from bridge.deploy.names import BUCKET, DEPLOYMENT, Place, prefix, repository
from bridge.deploy.packing import digest_of
from bridge.deploy.wanted import Mode, Wanted
from bridge.errors import StartupError
from bridge.folder import holds_model, read_folder

UNKNOWN_IMAGE = "${image-id}"
PACKED = "${packed}"  # the folder that archives are packed into


@dataclass(frozen=True, slots=True)
class Archive:
    """One model as model.tar.gz; ``golden`` are its golden requests."""

    source: Path
    file_name: str
    digest: str
    golden: Path | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """``image_id`` is that of a local image, where docker told it."""

    wanted: Wanted
    place: Place
    image_id: str | None
    archives: tuple[Archive, ...]

    @classmethod
    def of(cls, wanted: Wanted, place: Place, image_id: str | None) -> "Drawn":
        """Reads the model folders."""
        return cls(wanted, place, image_id, _archives(wanted))

    @property
    def anywhere(self) -> "Drawn":
        """The same for any account and region, by which names are the same in each."""
        return replace(self, place=Place())

    @property
    def bucket(self) -> str:
        """Where archives, captured requests and asynchronous answers lie."""
        return self.wanted.bucket or self.place.bucket

    @property
    def is_local_image(self) -> bool:
        """Whether it must be pushed."""
        return not is_in_registry(self.wanted.image)

    @property
    def image_tag(self) -> str:
        """Of the pushed image: what is in it, so that another image is another."""
        identity = self.image_id or UNKNOWN_IMAGE
        return identity.removeprefix("sha256:")[:12]

    @property
    def image(self) -> str:
        """In ECR."""
        if not self.is_local_image:
            return self.wanted.image
        return f"{self.place.registry}/{repository(self.wanted.name)}:{self.image_tag}"

    @property
    def role_arn(self) -> str:
        """Given, or that of the role that is made."""
        return self.wanted.role or self.place.role_arn(self.wanted.name)

    @property
    def tags(self) -> Mapping[str, str]:
        """Of everything that is made."""
        ours = {DEPLOYMENT: self.wanted.name, BUCKET: self.bucket}
        return {**self.wanted.tags, **ours}

    @property
    def models_key(self) -> str:
        """Below which the archives lie, by what is in them: none is ever overwritten."""
        content = "".join(f"{a.file_name} {a.digest}\n" for a in self.archives)
        digest = sha256(content.encode()).hexdigest()[:16]
        return f"{prefix(self.wanted.name)}models/{digest}/"

    @property
    def models_address(self) -> str:
        """Of the one archive, or of the folder of many."""
        address = f"s3://{self.bucket}/{self.models_key}"
        many = self.wanted.mode is Mode.MULTI_MODEL
        return address if many else address + self.archives[0].file_name


def is_in_registry(image: str) -> bool:
    """Whether an image is in ECR, and not on this machine."""
    return ".dkr.ecr." in image


def _archives(wanted: Wanted) -> tuple[Archive, ...]:
    if wanted.mode is not Mode.MULTI_MODEL:
        return (_archive(wanted.path, "model.tar.gz"),)
    entries = sorted(wanted.path.iterdir()) if wanted.path.is_dir() else []
    folders = [entry for entry in entries if entry.is_dir() and entry.name[0] != "."]
    models = [folder for folder in folders if holds_model(folder)]
    if not models:
        raise CannotDeploy(
            f"{wanted.path} holds no model folders; --mode multi-model wants a folder of them"
        )
    return tuple(_archive(entry, f"{entry.name}.tar.gz") for entry in models)


def _archive(path: Path, file_name: str) -> Archive:
    try:
        folder = read_folder(path)
    except StartupError as error:
        raise CannotDeploy(str(error)) from None
    return Archive(path, file_name, digest_of(path), folder.golden)
