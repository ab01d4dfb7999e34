"""shares: what of the limits of the whole server each of its processes has."""

from dataclasses import replace

from bridge.config import Settings


def share(settings: Settings, number: int) -> Settings:
    """The settings of process ``number``, from 0: its part of all that is counted.

    Each has at least one worker; a limit that cannot be divided evenly is rounded up.
    """
    count = settings.processes
    workers = max(settings.workers, count)
    return replace(
        settings,
        workers=(workers + count - 1 - number) // count,
        queue=_part(settings.queue, count),
        queue_mb=_part(settings.queue_mb, count),
        max_connections=_part(settings.max_connections, count),
        max_concurrent_transforms=settings.max_concurrent_transforms or workers,
    )


def _part(whole: int, count: int) -> int:
    return -(-whole // count)
