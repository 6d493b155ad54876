"""Every row of a data set with what its picture turned out to be: read, hashed and decoded, several at a time."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from vinedge.errors import VinEdgeError
from vinedge.manifest import Sample
from vinedge.picture import decode_picture

from .importers import MissingPictureError, Row, picture_bytes

# Rows a task: a line picture decodes in 0.2 ms, against which a task of its own would weigh.
CHUNK = 16


@dataclass(frozen=True)
class Inspected:
    """A row and its picture: `digest` of the file's bytes (None when there are none), size in pixels.

    `fault` says what is wrong with the picture; it is None for a sound one, and for a row that is no sample.
    """

    split: str
    row: Row
    digest: bytes | None = None
    height: int = 0
    width: int = 0
    fault: VinEdgeError | None = None

    @property
    def missing(self) -> bool:
        return isinstance(self.fault, MissingPictureError)


def inspect(split: str, row: Row) -> Inspected:
    """Read and decode the picture of one row."""
    if not isinstance(row, Sample):
        return Inspected(split, row)
    digest = None
    try:
        data = picture_bytes(row.path)
        # 128 bits: no two of billions of pictures collide by chance.
        digest = hashlib.blake2b(data, digest_size=16).digest()
        height, width = decode_picture(data, str(row.path)).shape[:2]
    except VinEdgeError as fault:
        return Inspected(split, row, digest, fault=fault)
    return Inspected(split, row, digest, height, width)


def inspect_all(rows: Iterator[tuple[str, Row]], workers: int | None = None) -> Iterator[Inspected]:
    """Yield every `(split, row)` inspected, in order; `workers` None takes one thread for each core.

    Threads are enough: hashing and decoding release the interpreter lock. A bounded number of rows is in
    flight, so a list of any length takes constant memory.
    """
    workers = workers or min(os.cpu_count() or 1, 16)
    waiting: deque[Future[list[Inspected]]] = deque()
    pool = ThreadPoolExecutor(workers)
    try:
        while chunk := list(islice(rows, CHUNK)):
            waiting.append(pool.submit(_inspect_chunk, chunk))
            if len(waiting) > 2 * workers:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _inspect_chunk(chunk: list[tuple[str, Row]]) -> list[Inspected]:
    return [inspect(split, row) for split, row in chunk]
