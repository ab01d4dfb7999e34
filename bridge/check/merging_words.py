"""merging_words: why requests are merged or not, for people. ``bridge.merging`` decides."""

from bridge.describe import Description
from bridge.folder import ModelFolder


def why(merged: bool, folder: ModelFolder, described: Description) -> str:
    """The reason for the decision ``merged``."""
    if folder.merge is not None:
        return "bridge.toml says so"
    if described.merge_obstacle:
        return described.merge_obstacle
    if not described.hooked:
        return "every function of the formula works row by row"
    if merged:
        return "the requests of golden.jsonl get the same bits together as one by one"
    if folder.golden is None:
        return "nothing shows that the hooks allow it: there is no golden.jsonl"
    return "the requests of golden.jsonl do not show that the hooks allow it"
