"""Settings: every knob once, with type, default, help and environment names.

The only reader of ``os.environ``. A command line option wins over the environment; of
several environment names the first that is set wins.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from bridge.cpus import usable_cpus
from bridge.knob import Knob

MOST_BODY_MB = 4000
BATCH_DEADLINE = 3600.0  # seconds; the platform's own limit on a request is at most that
# SageMaker sets these, a machine of one's own does not. Not every endpoint has one of them.
ON_SAGEMAKER = (
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "SAGEMAKER_BATCH",
    "SAGEMAKER_BIND_TO_PORT",
    "SAGEMAKER_MULTI_MODEL",
    "SAGEMAKER_SAFE_PORT_RANGE",
)
_ROUTE = {"pattern": r"/[^{}?#\s]*", "form": "begin with a slash and be a path"}


def _knob(default: Any, help: str, *env: str, **limits: Any) -> Any:
    return field(default=default, metadata={"help": help, "env": env, **limits})


@dataclass(frozen=True, slots=True)
class Settings:
    """All knobs of ``rbridge serve``; ``knobs()`` describes them."""

    host: str = _knob("0.0.0.0", "Address to listen on.", "RBRIDGE_HOST")
    port: int = _knob(
        8080,
        "Port to listen on; 0 takes a free one.",
        "RBRIDGE_PORT",
        "SAGEMAKER_BIND_TO_PORT",
        "AIP_HTTP_PORT",
        least=0,
        most=65535,
    )
    model: str = _knob(
        "/opt/ml/model", "Model folder or file, where no PATH is given.", "RBRIDGE_MODEL"
    )
    demo_model: str = _knob(
        "", "Served where the model folder holds no model.", "RBRIDGE_DEMO_MODEL"
    )
    model_name: str = _knob(
        "",
        "Name of the model in the routes of KServe; by default that of its folder or file.",
        "RBRIDGE_MODEL_NAME",
        pattern=r"[^/]+",
        form="hold no slash",
    )
    storage_uri: str = _knob(
        "",
        "Where Vertex AI keeps the model; nothing is fetched, so it must be in the folder too.",
        "RBRIDGE_STORAGE_URI",
        "AIP_STORAGE_URI",
    )
    trust: bool = _knob(
        False,
        "Load a model file whatever the scan finds in it that can run by itself.",
        "RBRIDGE_TRUST",
        flag=True,
    )
    multi_model: bool = _knob(
        False,
        "Serve the models that POST /models names, instead of one.",
        "RBRIDGE_MULTI_MODEL",
        "SAGEMAKER_MULTI_MODEL",
    )
    models: str = _knob(
        "/opt/ml/models", "Folder that those models must be below.", "RBRIDGE_MODELS"
    )
    model_memory_mb: int = _knob(
        0,
        "MiB that R may take for those models together; 0 means what is free.",
        "RBRIDGE_MODEL_MEMORY_MB",
        least=0,
    )
    max_model_mb: int = _knob(
        0, "Largest model file, in MiB; 0: what memory holds.", "RBRIDGE_MAX_MODEL_MB", least=0
    )
    workers: int = _knob(
        0,
        "R processes; 0 means one per CPU core.",
        "RBRIDGE_WORKERS",
        "SAGEMAKER_MODEL_SERVER_WORKERS",
        least=0,
    )
    processes: int = _knob(
        1,
        "Processes that answer HTTP on the one port; the workers are divided between them.",
        "RBRIDGE_PROCESSES",
        least=1,
        most=256,
    )
    load_seconds: float = _knob(
        3600.0,
        "Seconds in which R must have loaded the model; else the server ends with status 2.",
        "RBRIDGE_LOAD_SECONDS",
        least=0.001,
    )
    worker_memory_mb: int = _knob(
        0,
        "MiB that each R process may take beside what they share; 0 means what is free.",
        "RBRIDGE_WORKER_MEMORY_MB",
        least=0,
    )
    worker_requests: int = _knob(
        0,
        "Requests after which an R process is replaced by a new one; 0 means never.",
        "RBRIDGE_WORKER_REQUESTS",
        least=0,
    )
    deadline: float = _knob(
        60.0,
        "Seconds until a request without answer gets 504, and its R process is killed.",
        "RBRIDGE_DEADLINE",
        "SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS",
        "SAGEMAKER_MODEL_SERVER_TIMEOUT",
        least=0.001,
        most=86400,
    )
    queue: int = _knob(1000, "Requests that may wait; one more gets 503.", "RBRIDGE_QUEUE", least=1)
    max_body_mb: float = _knob(
        25.0,
        "Largest request body, in MiB.",
        "RBRIDGE_MAX_BODY_MB",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB",
        least=0.001,
        most=MOST_BODY_MB,
    )
    queue_mb: int = _knob(
        256,
        "MiB that requests under way may take together; one more gets 503.",
        "RBRIDGE_QUEUE_MB",
        least=1,
    )
    max_rows: int = _knob(10_000_000, "Most records of a request.", "RBRIDGE_MAX_ROWS", least=1)
    max_columns: int = _knob(
        10_000, "Most fields of a request's records.", "RBRIDGE_MAX_COLUMNS", least=1
    )
    max_text: int = _knob(
        1_000_000, "Most characters of a text in a record.", "RBRIDGE_MAX_TEXT", least=1
    )
    max_header_kb: int = _knob(
        32, "Largest head of a request, in KiB.", "RBRIDGE_MAX_HEADER_KB", least=1
    )
    max_connections: int = _knob(
        10_000,
        "Clients that may be connected; the requests of one more get 503.",
        "RBRIDGE_MAX_CONNECTIONS",
        least=1,
    )
    receive: float = _knob(
        30.0,
        "Seconds in which a request must be sent, and a second more for each 16 KiB.",
        "RBRIDGE_RECEIVE",
        least=0.001,
    )
    drain: int = _knob(
        25,
        "Seconds that requests in flight have after SIGTERM; SageMaker kills after 30.",
        "RBRIDGE_DRAIN",
        least=0,
    )
    token_file: str = _knob(
        "",
        "File with a token that every request but /ping must send, as Bearer.",
        "RBRIDGE_TOKEN_FILE",
    )
    admin_port: int = _knob(
        0,
        "Port for loading, listing and unloading models and for metrics alone; 0: as all the rest.",
        "RBRIDGE_ADMIN_PORT",
        least=0,
        most=65535,
    )
    admin_host: str = _knob("127.0.0.1", "Address of admin_port.", "RBRIDGE_ADMIN_HOST")
    default_accept: str = _knob(
        "",
        "Content type of answers where the request asks for none.",
        "RBRIDGE_DEFAULT_ACCEPT",
        "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT",
    )
    endpoints: bool = _knob(
        True,
        "Answer /endpoints/NAME/invocations, for boto3; on SageMaker the default is false.",
        "RBRIDGE_ENDPOINTS",
    )
    health_route: str = _knob(
        "",
        "One more path that answers as /ping does, for Vertex AI.",
        "RBRIDGE_HEALTH_ROUTE",
        "AIP_HEALTH_ROUTE",
        **_ROUTE,
    )
    predict_route: str = _knob(
        "",
        'One more path for requests, always answered with {"predictions": [...]}, for Vertex AI.',
        "RBRIDGE_PREDICT_ROUTE",
        "AIP_PREDICT_ROUTE",
        **_ROUTE,
    )
    chunked: bool = _knob(
        True,
        "Send long answers in chunks while they are written; on SageMaker the default is false.",
        "RBRIDGE_CHUNKED",
    )
    batch: bool = _knob(
        False,
        "Batch transform: the default of deadline is an hour.",
        "RBRIDGE_BATCH",
        "SAGEMAKER_BATCH",
    )
    batch_strategy: str = _knob(
        "multi_record",
        "What /execution-parameters asks for: multi_record or single_record.",
        "RBRIDGE_BATCH_STRATEGY",
        "SAGEMAKER_BATCH_STRATEGY",
        choices=("multi_record", "single_record"),
    )
    max_concurrent_transforms: int = _knob(
        0,
        "Requests at a time that /execution-parameters asks for; 0 means one per worker.",
        "RBRIDGE_MAX_CONCURRENT_TRANSFORMS",
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS",
        least=0,
    )
    on_error: str = _knob(
        "",
        "reject or placeholder, for bad records; empty means what bridge.toml says.",
        "RBRIDGE_ON_ERROR",
        choices=("reject", "placeholder"),
    )
    r_may: str = _knob(
        "nothing",
        "What R may do beside predicting: nothing, network, write (anywhere) or all.",
        "RBRIDGE_R_MAY",
        choices=("nothing", "network", "write", "all"),
    )
    r_environment: str = _knob(
        "",
        "Further environment variables that R sees: names, or PREFIX*, with commas between.",
        "RBRIDGE_R_ENVIRONMENT",
    )
    log_level: str = _knob(
        "info",
        "debug, info, warning or error.",
        "RBRIDGE_LOG_LEVEL",
        choices=("debug", "info", "warning", "error"),
    )


def knobs() -> list[Knob]:
    """Every setting, in order."""
    return [
        Knob(f.name, type(f.default), f.default, **f.metadata)
        for f in fields(Settings)
        if f.default is not MISSING
    ]


def load_settings(given: Mapping[str, Any], environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from ``given`` (None: not given), else the environment; raises ConfigError."""
    environ = {**environ, **_unbounded(environ)}
    values: dict[str, Any] = {}
    for knob in knobs():
        value, name = given.get(knob.name), knob.name
        if value is None:
            value, name = _from_environment(knob, environ)
        if value is not None:
            values[knob.name] = knob.checked(value, name)
    if not values.get("workers"):
        values["workers"] = usable_cpus()
    return Settings(**{**_defaults(values, environ), **values})


def _defaults(values: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """The defaults that are others where the server runs as a transform job, or on SageMaker."""
    defaults: dict[str, Any] = {"deadline": BATCH_DEADLINE} if values.get("batch") else {}
    if any(environ.get(name) for name in ON_SAGEMAKER):
        defaults |= {"endpoints": False, "chunked": False}
    return defaults


def _unbounded(environ: Mapping[str, str]) -> dict[str, str]:
    """A transform job whose MaxPayloadInMB is 0 sends bodies of any size."""
    name = "SAGEMAKER_MAX_PAYLOAD_IN_MB"
    return {name: str(MOST_BODY_MB)} if environ.get(name) == "0" else {}


def _from_environment(knob: Knob, environ: Mapping[str, str]) -> tuple[Any, str]:
    name = next((name for name in knob.env if environ.get(name)), None)
    return (None, knob.name) if name is None else (knob.read(environ[name], name), name)


def spare_threads() -> None:
    """To be called before numpy is imported, by who multiplies no matrices.

    numpy brings a BLAS that starts a thread for each further core, and each of these spins
    for 30 ms: time that R takes longer to start.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def environment(names: Iterable[str] = ("*",), **changes: str) -> dict[str, str]:
    """Of this process's environment ``names``, with ``changes``, for a process that it starts.

    A name may end with ``*``, which stands for anything.
    """
    whole = frozenset(names)
    starts = tuple(name[:-1] for name in whole if name.endswith("*"))
    seen = {k: v for k, v in os.environ.items() if k in whole or k.startswith(starts)}
    return {**seen, **changes}
