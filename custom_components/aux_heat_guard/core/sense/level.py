"""The power that strips draw in a run: a meter of means shows the end of one as a power in between."""

from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from ..settings.guard import ELEMENT_TOLERANCE, MAX_MEAN_WINDOW, MEAN_POWER_SHARE, ThresholdSignal
from .memory import SignalMemory


def track_power(
    signal: ThresholdSignal, power: float | None, at: datetime, memory: SignalMemory
) -> SignalMemory:
    """Follow the power of a run, and note where it fell so far that the run has ended, if the meter tells means.

    What stands, or is followed by another power like it, was no mean: fewer elements are on than before.
    """
    if power is None or power <= max(signal.off_below, 0.0):
        return replace(memory, peak_power=None, dropped_power=None, dropped_at=None)
    if memory.peak_power is None or not _is_mean(power / memory.peak_power, signal.element_count):
        return replace(
            memory,
            peak_power=max(power, memory.peak_power or power),
            dropped_power=None,
            dropped_at=None,
        )
    if memory.dropped_power is None or memory.dropped_at is None or memory.dropped_at > at:
        return replace(memory, dropped_power=power, dropped_at=at)
    if power == memory.dropped_power and at < memory.dropped_at + MAX_MEAN_WINDOW:
        return memory
    return replace(memory, peak_power=power, dropped_power=None, dropped_at=None)


def _is_mean(share: float, elements: int) -> bool:
    """Return True if a share of the power before cannot be that of fewer elements."""
    if share >= MEAN_POWER_SHARE:
        return False
    return all(abs(share - fewer) > ELEMENT_TOLERANCE for fewer in _element_shares(elements))


@lru_cache
def _element_shares(elements: int) -> frozenset[float]:
    """Return what fewer elements can draw, as a share of what up to so many drew before."""
    return frozenset(
        fewer / before for before in range(2, elements + 1) for fewer in range(1, before)
    )
