"""Stop sequences of the trains of summer 2020: reading, and removing trains that are listed twice.

The files (one line per train number: `g10:stop,stop,...`, GBK) hold no times. A train that changes
direction on its way carries two numbers, and is then listed twice with an identical list of stops.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

CLASSES = ("g", "d", "c")


@dataclass(frozen=True, order=True)
class Train:
    """One line of the files: the number as listed (lower case) and the stops in order."""

    number: str
    stops: tuple[str, ...]

    @property
    def service(self) -> str:
        """Class letter G, D or C."""
        return self.number[0].upper()


def read_trains(folder: Path) -> list[Train]:
    """All lines of `stops_2020_train_{g,d,c}.txt`, in file order."""
    trains = []
    for letter in CLASSES:
        text = (folder / f"stops_2020_train_{letter}.txt").read_bytes().decode("gbk")
        for line in filter(None, map(str.strip, text.splitlines())):
            number, _, stops = line.partition(":")
            trains.append(Train(number.lower(), tuple(stops.split(","))))
    return trains


def may_be_one_train(first: str, second: str) -> bool:
    """Whether two numbers of one class can belong to one train: they differ by 1 or 3.

    The parity of a number is its direction, so two different trains never share a list of stops under
    numbers of opposite parity; an odd difference is what makes the rule safe.
    """
    return first[0] == second[0] and abs(int(first[1:]) - int(second[1:])) in (1, 3)


def alias_pairs(trains: Iterable[Train]) -> list[tuple[str, str]]:
    """Disjoint pairs (number kept, number dropped) of one train listed twice, smallest numbers first."""
    listed: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for train in trains:
        listed[(train.service, train.stops)].append(train.number)
    pairs = []
    for numbers in listed.values():
        free = sorted(numbers, key=lambda n: int(n[1:]))
        while len(free) > 1:
            first = free.pop(0)
            partner = next((n for n in free if may_be_one_train(first, n)), None)
            if partner is not None:
                free.remove(partner)
                pairs.append((first, partner))
    return sorted(pairs)


def without_aliases(trains: Sequence[Train]) -> list[Train]:
    """The trains once each."""
    dropped = {second for _, second in alias_pairs(trains)}
    return [t for t in trains if t.number not in dropped]


def alias_test(two_numbers: Iterable[str], trains: Iterable[Train]) -> tuple[int, int]:
    """Test of the rule on trains known to carry two numbers (2014, written `D3058/D3055`).

    Returns
    -------
    tuple
        How many of them still have both numbers in the later files, and how many of these have two
        identical lists there.
    """
    stops = {t.number: t.stops for t in trains}
    both = [
        (first, second)
        for first, second in (n.lower().split("/") for n in sorted(two_numbers))
        if first in stops and second in stops
    ]
    return len(both), sum(stops[first] == stops[second] for first, second in both)


def calls(stops: Sequence[str]) -> list[str]:
    """Stops without immediate repeats (a station listed twice in a row is one call)."""
    return [s for i, s in enumerate(stops) if i == 0 or s != stops[i - 1]]
