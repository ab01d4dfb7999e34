"""usual: a model in R, called as users of rpy2 do: by ``rpy2.robjects``, with data frames."""

from typing import Any


class Usual:
    """The model of a folder. For the one thread that made it."""

    def __init__(self, folder: str) -> None:
        # Starts R, in the process that answers: its environment would keep others from starting.
        from rpy2 import robjects

        self._robjects = robjects
        robjects.r("source")("benchmarks/cases.R")
        robjects.r("source")("benchmarks/rivals/csv.R")
        self._answer = robjects.r("load_case")(folder).rx2("answer")
        self._rows, self._text = robjects.r("csv_rows"), robjects.r("csv_text")

    def answer(self, records: list[dict[str, Any]]) -> dict[str, list[Any]]:
        """The columns of the answer to records of numbers and texts."""
        columns = {name: self._vector([r[name] for r in records]) for name in records[0]}
        # Conversion rules belong to a context, and a server that batches calls from another.
        with self._robjects.default_converter.context():
            answer = self._answer(self._robjects.DataFrame(columns))
            return {name: list(column) for name, column in answer.items()}

    def answer_csv(self, text: str) -> str:
        """The only column of the answer to rows with a header line."""
        with self._robjects.default_converter.context():
            return str(self._text(self._answer(self._rows(text)))[0])

    def _vector(self, values: list[Any]) -> Any:
        texts = isinstance(values[0], str)
        return (self._robjects.StrVector if texts else self._robjects.FloatVector)(values)
