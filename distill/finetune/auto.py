"""Which technique fits how many labelled pictures: the table of the specification, and the reason in a sentence.

    pictures          technique        epochs      learning rate
    100 - 500         lora             10 - 20     1e-4
    500 - 2,000       frozen           30 - 50     1e-3
    2,000 - 5,000     gradual          50 - 80     5e-4
    5,000 - 10,000    discriminative   80 - 100    5e-4
    10,000 -          full             100 - 200   1e-4

A count at a boundary belongs to the row below it; 10,000 still to discriminative. Within a row, few pictures get
the many epochs and many the few: the epochs fall in a straight line. The last row ends where it has doubled.
Below 100 the first row is the best there is, and the reason says that it is outside the table.
"""

from __future__ import annotations

from typing import NamedTuple

from vinedge.errors import VinEdgeError


class Row(NamedTuple):
    """For `first` to `last` pictures: technique, epochs (fewest, most) and learning rate."""

    first: int
    last: int
    technique: str
    epochs: tuple[int, int]
    learning_rate: float


TABLE = (
    Row(100, 499, "lora", (10, 20), 1e-4),
    Row(500, 1_999, "frozen", (30, 50), 1e-3),
    Row(2_000, 4_999, "gradual", (50, 80), 5e-4),
    Row(5_000, 10_000, "discriminative", (80, 100), 5e-4),
    Row(10_001, 20_000, "full", (100, 200), 1e-4),
)


class Choice(NamedTuple):
    """What `auto` chose, and why, as printed before training."""

    technique: str
    epochs: int
    learning_rate: float
    reason: str


def choose(pictures: int) -> Choice:
    """Return the choice for so many labelled training pictures; without any there is nothing to tune to."""
    if pictures < 1:
        raise VinEdgeError(
            "FineTuning.technique auto goes by the number of labelled pictures, and there are none; "
            "give Train.dataset.label_file_list"
        )
    row = next((row for row in TABLE if pictures <= row.last), TABLE[-1])
    share = min(1.0, max(0.0, (pictures - row.first) / (row.last - row.first)))
    fewest, most = row.epochs
    epochs = round(most - share * (most - fewest))
    span = f"more than {row.first - 1:,}" if row is TABLE[-1] else f"{row.first:,} to {row.last:,}"
    reason = (
        f"{pictures:,} labelled picture{'s' * (pictures != 1)}: technique {row.technique} (for {span}), "
        f"{epochs} of {fewest} to {most} epochs, learning rate {row.learning_rate:g}"
    )
    if pictures < TABLE[0].first:
        reason += f"; fewer than {TABLE[0].first} are too few to promise anything, label more if you can"
    return Choice(row.technique, epochs, row.learning_rate, reason)
