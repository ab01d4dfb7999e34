"""ipc_size: how large the buffers of an Arrow IPC message are once they are unpacked.

Arrow allocates what a compressed buffer says of itself, before it unpacks it. So that has
to be known first; the messages' metadata are FlatBuffers, of which a few fields are read.
"""

import struct

_DICTIONARY, _RECORDS = 2, 3
_I16, _I32, _I64, _U8 = map(struct.Struct, ("<h", "<i", "<q", "<B"))
_BUFFER = struct.Struct("<qq")
_HEADER_TYPE, _HEADER = 1, 2  # fields of a Message
_DATA = 1  # of a DictionaryBatch, which holds a RecordBatch
_LENGTH, _BUFFERS, _COMPRESSION = 0, 2, 3  # of a RecordBatch


def unpacked_size(metadata: bytes, body: memoryview) -> tuple[int, int]:
    """Bytes of a message's buffers, and its rows; raises struct.error."""
    message = _Table(metadata, _I32.unpack_from(metadata, 0)[0])
    kind = message.scalar(_HEADER_TYPE, _U8)
    if kind not in (_DICTIONARY, _RECORDS):
        return 0, 0
    batch = message.table(_HEADER)
    if kind == _DICTIONARY:
        batch = batch.table(_DATA)
    size = len(body)
    if batch.has(_COMPRESSION):
        size = sum(_unpacked(body, *place) for place in batch.buffers(_BUFFERS))
    return size, batch.scalar(_LENGTH, _I64)


def _unpacked(body: memoryview, offset: int, length: int) -> int:
    """The length stands in front of the buffer, or -1 where it is not compressed."""
    if length <= 0:
        return 0
    (told,) = _I64.unpack_from(body, offset)
    return length if told == -1 else abs(told)


class _Table:
    """A FlatBuffers table at a place in ``data``."""

    def __init__(self, data: bytes, place: int) -> None:
        self._data = data
        self._place = place
        self._fields = place - _I32.unpack_from(data, place)[0]

    def _field(self, number: int) -> int:
        """Where the field is, or 0."""
        (size,) = _I16.unpack_from(self._data, self._fields)
        at = 4 + 2 * number
        offset = _I16.unpack_from(self._data, self._fields + at)[0] if at < size else 0
        return self._place + offset if offset else 0

    def has(self, number: int) -> bool:
        return self._field(number) > 0

    def scalar(self, number: int, kind: struct.Struct) -> int:
        place = self._field(number)
        return int(kind.unpack_from(self._data, place)[0]) if place else 0

    def table(self, number: int) -> "_Table":
        return _Table(self._data, self._target(number))

    def buffers(self, number: int) -> list[tuple[int, int]]:
        """Offset and length of each buffer."""
        start = self._target(number)
        (count,) = _I32.unpack_from(self._data, start)
        data = self._data[start + 4 : start + 4 + count * _BUFFER.size]
        return list(_BUFFER.iter_unpack(data))

    def _target(self, number: int) -> int:
        place = self._field(number)
        return place + int(_I32.unpack_from(self._data, place)[0])
