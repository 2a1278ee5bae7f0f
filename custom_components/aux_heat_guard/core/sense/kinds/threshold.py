"""Evidence from a number, such as the power of the strips, that is above a threshold.

A meter that reports means over some minutes shows the end of a run as a power in between, so the
power of a run is tracked: a drop that no smaller number of elements explains ends the run.
"""

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar, Self, override

from ...model import Observation, Quality, Raw, Source
from ...settings.guard import CONFIRM_POWER, ELEMENT_TOLERANCE, MAX_MEAN_WINDOW, MEAN_POWER_SHARE
from ...settings.signal import DetailsForm, Reading, ReadingContext, Signal, SignalMemory, Timing
from ..values import is_unavailable, read_number, usable_text
from .options import decode_number, decode_quality, decode_role, decode_source, decode_text

POWER_TIMING = Timing(
    timedelta(seconds=CONFIRM_POWER.default), timedelta(seconds=CONFIRM_POWER.default)
)


@dataclass(frozen=True, slots=True)
class ThresholdSignal(Signal):
    """On once a number is above a threshold, until it is at or below a lower one."""

    source: Source
    on_above: float
    off_below: float
    _: KW_ONLY
    unit: str | None = None
    """The unit of readings and thresholds, or None for a number without a unit."""
    quality: Quality = Quality.MEASURED
    timing: Timing = POWER_TIMING
    element_count: int = 0
    """The number of elements of the measured strips, or 0 if unknown or not measured."""

    details_form: ClassVar[DetailsForm | None] = DetailsForm.LEVEL

    @override
    @classmethod
    def decode(cls, options: Mapping[str, Any], timing: Timing) -> Self:
        return cls(
            decode_source(options),
            on_above=decode_number(options["on_above"]),
            off_below=decode_number(options["off_below"]),
            unit=decode_text(options.get("unit")),
            role=decode_role(options),
            quality=decode_quality(options),
            timing=timing,
        )

    @override
    @classmethod
    def can_read(cls, value: Raw) -> bool:
        return is_unavailable(value) or read_number(value) is not None

    @override
    def with_element_count(self, count: int) -> Self:
        return replace(self, element_count=count)

    @override
    def track(self, raw: Raw, at: datetime, memory: SignalMemory) -> SignalMemory:
        return self._track_power(read_number(raw), at, memory) if self.element_count else memory

    @override
    def read(self, raw: Raw, context: ReadingContext) -> Reading:
        value, memory = read_number(raw), context.memory
        if value is None:
            return Reading(None, usable_text(raw))
        if memory.dropped_power is not None:
            return Reading(is_on=False)
        if value > self.on_above:
            return Reading(is_on=True)
        if value <= self.off_below:
            return Reading(is_on=False)
        return Reading(bool(memory.is_on))

    @override
    def next_changes(self, observation: Observation, memory: SignalMemory) -> Iterable[datetime]:
        return () if memory.dropped_at is None else (memory.dropped_at + MAX_MEAN_WINDOW,)

    def _track_power(self, power: float | None, at: datetime, memory: SignalMemory) -> SignalMemory:
        """Update the peak of a run, and the drop that ends the run if the meter reports means.

        A power that stays, or is followed by a similar one, was not a mean: fewer elements are on
        than before.
        """
        if power is None or power <= max(self.off_below, 0.0):
            return _with_peak(memory, None)
        if memory.peak_power is None or not _is_mean(power / memory.peak_power, self.element_count):
            return _with_peak(memory, max(power, memory.peak_power or power))
        if memory.dropped_power is None or memory.dropped_at is None or memory.dropped_at > at:
            return replace(memory, dropped_power=power, dropped_at=at)
        if power == memory.dropped_power and at < memory.dropped_at + MAX_MEAN_WINDOW:
            return memory
        return _with_peak(memory, power)


def _with_peak(memory: SignalMemory, power: float | None) -> SignalMemory:
    return replace(memory, peak_power=power, dropped_power=None, dropped_at=None)


def _is_mean(share: float, element_count: int) -> bool:
    """Return True if a share of the previous power cannot be that of fewer elements."""
    if share >= MEAN_POWER_SHARE:
        return False
    return all(abs(share - fewer) > ELEMENT_TOLERANCE for fewer in _element_shares(element_count))


@lru_cache
def _element_shares(element_count: int) -> frozenset[float]:
    """Return the shares of the previous power that fewer elements can draw."""
    return frozenset(
        fewer / before for before in range(2, element_count + 1) for fewer in range(1, before)
    )
