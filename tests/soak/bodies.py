"""Damaged bodies of every type: each is answered, or refused with a reason, by living workers."""

import asyncio
import gzip
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from random import Random

from tests.serving import Server
from tests.soak.asking import Answered, ask_all
from tests.soak.model import JSON, Sent, requests
from tests.soak.mutate import damaged
from tests.soak.oracle import judged

CONNECTIONS = 16
BLOCK = 2000
MOST_ERROR_BYTES = 2048


def mutants(seed: int) -> Iterator[Sent]:
    """Without end; the same seed, the same bodies."""
    chance, originals = Random(seed), requests()
    others = [sent.body for sent in originals]
    while True:
        sent = chance.choice(originals)
        if chance.random() < 0.05:  # read as what it is not
            other = chance.choice(originals)
            sent = sent._replace(content_type=other.content_type, encoding=other.encoding)
        yield sent._replace(body=_damaged(sent, others, chance))


def _damaged(sent: Sent, others: list[bytes], chance: Random) -> bytes:
    """Of packed bodies, half are damaged before they are packed."""
    if not sent.encoding or chance.random() < 0.5:
        return damaged(sent.body, others, chance)
    with suppress(OSError):  # not packed, or so it is said
        return gzip.compress(damaged(gzip.decompress(sent.body), others, chance), 1, mtime=0)
    return sent.body


class Outcome:
    """Counts of answers; ``bad`` lists those that should not have been."""

    def __init__(self, coefficients: dict[str, float]) -> None:
        self.statuses: Counter[int] = Counter()
        self.judged = 0
        self.bad: list[Answered] = []
        self._coefficients = coefficients

    def note(self, answered: Answered) -> None:
        self.statuses[answered.status] += 1
        if answered.status == 200:
            self._judge(answered)
        elif not 400 <= answered.status < 500 or not _is_told(answered.body):
            self.bad.append(answered)

    def _judge(self, answered: Answered) -> None:
        path, content_type, encoding, body = answered.sent
        if path != "/invocations" or content_type != JSON or encoding:
            return
        right = judged(body, answered.body, self._coefficients)
        self.judged += right is not None
        if right is False:
            self.bad.append(answered)


def _is_told(body: bytes) -> bool:
    return (b'"message"' in body and len(body) <= MOST_ERROR_BYTES) or body.startswith(
        b'{"error":"'
    )


def run(server: Server, coefficients: dict[str, float], count: int, seed: int) -> Outcome:
    """Asks ``count`` of them in blocks; workers that died are told as a bad answer each."""
    outcome, all_mutants = Outcome(coefficients), mutants(seed)
    workers = set(server.workers())
    for left in range(count, 0, -BLOCK):
        block = islice(all_mutants, min(BLOCK, left))
        answers = asyncio.run(ask_all(server.port, block, CONNECTIONS))
        while not answers.empty():
            outcome.note(answers.get_nowait())
    for dead in workers - set(server.workers()):
        outcome.bad.append(Answered(requests()[0], 0, b"worker %d is dead" % dead))
    return outcome
