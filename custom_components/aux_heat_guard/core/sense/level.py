"""The power that strips draw in a run: a meter of means shows the end of one as a power in between."""

from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from ..settings.guard import ELEMENT_TOLERANCE, LEVEL_SHARE, LONGEST_MEAN, ThresholdSignal
from .memory import Memory


def follow_level(
    signal: ThresholdSignal, power: float | None, at: datetime, memory: Memory
) -> Memory:
    """Follow the power of a run, and note where it fell so far that the run has ended, if the meter tells means.

    What stands, or is followed by another power like it, was no mean: fewer elements are on than before.
    """
    if power is None or power <= max(signal.off_below, 0.0):
        return replace(memory, level=None, fell_to=None, fell_at=None)
    if memory.level is None or not _is_mean(power / memory.level, signal.elements):
        return replace(memory, level=max(power, memory.level or power), fell_to=None, fell_at=None)
    if memory.fell_to is None or memory.fell_at is None or memory.fell_at > at:
        return replace(memory, fell_to=power, fell_at=at)
    if power == memory.fell_to and at < memory.fell_at + LONGEST_MEAN:
        return memory
    return replace(memory, level=power, fell_to=None, fell_at=None)


def _is_mean(share: float, elements: int) -> bool:
    """Return True if a share of the power before cannot be that of fewer elements."""
    if share >= LEVEL_SHARE:
        return False
    return all(abs(share - fewer) > ELEMENT_TOLERANCE for fewer in _shares(elements))


@lru_cache
def _shares(elements: int) -> frozenset[float]:
    """Return what fewer elements can draw, as a share of what up to so many drew before."""
    return frozenset(
        fewer / before for before in range(2, elements + 1) for fewer in range(1, before)
    )
