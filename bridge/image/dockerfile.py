"""dockerfile: the text of a Dockerfile for a model. No I/O."""

import textwrap

from bridge import __version__
from bridge.image.needs import ITSELF, Needs

BASE = f"r-model-bridge:{__version__}"
MODEL, MODELS = "/opt/ml/model", "/opt/ml/models"
_INSTALL = "Rscript --vanilla /opt/rbridge/install/install.R"
_LIBRARY = "/usr/local/lib/R/site-library"
_NOTES = "/opt/rbridge/packages"
_PACKAGES = f"""\
FROM ${{BASE}} AS packages
ARG CRAN=https://cloud.r-project.org
ARG DEBIAN_PACKAGES=""
ENV R_PACKAGES="%s"
RUN {_INSTALL} compile

FROM ${{BASE}}
COPY --from=packages {_NOTES} {_NOTES}
COPY --from=packages {_LIBRARY} {_LIBRARY}
RUN {_INSTALL} finish
"""


def dockerfile(
    needs: Needs, base: str = BASE, with_model: bool = False, trust: bool = False
) -> str:
    """Built with the model's folder as its context. ``with_model``: it is in the image."""
    packages = _PACKAGES % " ".join(needs.packages) if needs.packages else "FROM ${BASE}\n"
    parts = [
        _head(needs),
        f"ARG BASE={base}\n{packages}",
        _with_models(needs, trust) if with_model else _tried(needs, trust),
    ]
    return "\n".join(parts)


def _head(needs: Needs) -> str:
    told = ", ".join(f"{name} {version}".strip() for name, version in needs.packages.items())
    count = "the models" if needs.many else "the model"
    text = f"For {count} {_names(needs)}, by rbridge {__version__}. R packages: {told or 'none'}."
    if any(needs.packages.values()):
        text += " These versions are those of the machine where this was written."
    return "".join(f"# {line}\n" for line in textwrap.wrap(text, 96))


def _names(needs: Needs) -> str:
    return needs.folder.absolute().name if needs.models == (ITSELF,) else ", ".join(needs.models)


def _tried(needs: Needs, trust: bool) -> str:
    """The model comes from outside; here it is only looked at."""
    lines = "".join(
        f"RUN --mount=type=bind,source={name},target={place} {_check(served, trust)}\n"
        for name, place, served in _places(needs)
    )
    return f"# Loaded and asked once: an image that cannot serve it is not built.\n{lines}"


def _with_models(needs: Needs, trust: bool) -> str:
    lines = [f"COPY {name} {place}\n" for name, place, _ in _places(needs)]
    lines += [f"RUN {_check(served, trust)}\n" for _, _, served in _places(needs)]
    return "".join([*lines, "ENV RBRIDGE_MULTI_MODEL=true\n" if needs.many else ""])


def _check(served: str, trust: bool) -> str:
    return f"rbridge check {served}" + (" --trust" if trust else "")


def _places(needs: Needs) -> list[tuple[str, str, str]]:
    """Each model's name below the folder, where it belongs in a container, what is served there."""
    if needs.many:
        return [(name, f"{MODELS}/{name}", f"{MODELS}/{name}") for name in needs.models]
    (name,) = needs.models
    return [(name, MODEL if name == ITSELF else f"{MODEL}/{name}", MODEL)]
