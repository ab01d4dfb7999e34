"""mlserver_runtime: the model as an MLServer runtime, for MLServer's worker processes."""

import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec, StringCodec
from mlserver.types import InferenceRequest, InferenceResponse

from benchmarks.rivals.usual import Usual


class Model(MLModel):
    """Takes a tensor a field, answers one."""

    async def load(self) -> bool:
        assert self.settings.parameters is not None
        self._model = Usual(str(self.settings.parameters.uri))
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        columns = {}
        for tensor in payload.inputs:
            texts = tensor.datatype == "BYTES"
            columns[tensor.name] = (
                StringCodec.decode_input(tensor)
                if texts
                else NumpyCodec.decode_input(tensor).ravel().tolist()
            )
        rows = zip(*columns.values(), strict=True)
        answer = self._model.answer([dict(zip(columns, row, strict=True)) for row in rows])
        (name, values), *_ = answer.items()
        if isinstance(values[0], str):
            output = StringCodec.encode_output(name, values)
        else:
            output = NumpyCodec.encode_output(name, np.array(values).reshape(-1, 1))
        return InferenceResponse(model_name=self.name, outputs=[output])
