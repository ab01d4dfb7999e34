"""TrainingFailed: there is no model, or none that can be served."""


class TrainingFailed(Exception):
    """Its text is the reason that SageMaker shows; ``status`` is what the process ends with."""

    def __init__(self, text: str, status: int = 2) -> None:
        super().__init__(text)
        self.status = status
