"""Readings that teachers have already given, on disk: picture (sha256 of the file) and teacher identity -> reading.

An SQLite file, because it survives being killed at any moment, serves several processes at once, and
looks up one of millions of pictures without loading the rest.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

from vinedge.errors import VinEdgeError

from . import TeacherReading

_TABLE = """CREATE TABLE IF NOT EXISTS readings
(picture TEXT, teacher TEXT, text TEXT, confidence REAL, PRIMARY KEY (picture, teacher)) WITHOUT ROWID"""


class ReadingCache:
    """The readings of one teacher in the file `path`, which is created when missing."""

    def __init__(self, path: Path, teacher: str) -> None:
        self._path = path
        self._teacher = teacher
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, timeout=60)
            self._database.execute(_TABLE)
            self._database.execute("SELECT picture, teacher, text, confidence FROM readings LIMIT 1")
        except (OSError, sqlite3.Error) as reason:
            raise VinEdgeError(
                f"cannot use {path} as a cache of teacher readings: {reason}; delete it or name another file"
            ) from None

    def close(self) -> None:
        self._database.close()

    def find(self, pictures: Iterable[str]) -> dict[str, TeacherReading]:
        """Return the known readings among the pictures, by sha256."""
        found = {}
        for picture in pictures:
            row = self._database.execute(
                "SELECT text, confidence FROM readings WHERE picture = ? AND teacher = ?", (picture, self._teacher)
            ).fetchone()
            if row:
                found[picture] = TeacherReading(*row)
        return found

    def add(self, readings: Mapping[str, TeacherReading]) -> None:
        """Store readings by sha256, all or none; they are on disk when this returns."""
        rows = [(picture, self._teacher, reading.text, reading.confidence) for picture, reading in readings.items()]
        try:
            with self._database:
                self._database.executemany("INSERT OR REPLACE INTO readings VALUES (?, ?, ?, ?)", rows)
        except sqlite3.Error as reason:
            raise VinEdgeError(
                f"cannot write the cache {self._path}: {reason}; free some space or name another file"
            ) from None
