"""privileges: what the processes that hold R may see and do, as the settings say."""

from typing import NamedTuple

from bridge.config import Settings, environment

# What R, BLAS and the dynamic linker read, and Python, which holds R. Not what a server is
# given to reach others with.
VARIABLES = (
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "TMPDIR"),
    *("LANG", "LANGUAGE", "LC_*", "TZ", "TZDIR"),
    *("R_*", "OMP_*", "GOMP_*", "KMP_*", "OPENBLAS_*", "GOTO_*", "BLIS_*", "MKL_*"),
    *("MALLOC_*", "LD_LIBRARY_PATH", "LD_PRELOAD", "PYTHON*", "JAVA_HOME"),
)


class Privileges(NamedTuple):
    """``may``: "nothing", "network", "write" or "all"; ``further``: names of variables."""

    may: str = "nothing"
    further: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> "Privileges":
        """What the settings grant."""
        names = settings.r_environment.replace(",", " ").split()
        return cls(settings.r_may or "nothing", tuple(names))

    def environment(self, **changes: str) -> dict[str, str]:
        """What R sees of the server's environment, with ``changes``."""
        return environment((*VARIABLES, *self.further), **changes)
