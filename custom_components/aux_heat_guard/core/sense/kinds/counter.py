"""Evidence from a runtime counter that grows."""

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, override

from ...model import Observation, Raw, Source
from ...settings.signal import Reading, ReadingContext, Signal, SignalMemory, Timing
from ...units import NumberSpec
from ..values import is_unavailable, read_number, usable_text
from .options import decode_quality, decode_role, decode_source

COUNTER_STALL_TIMEOUT = NumberSpec(
    90,
    30,
    900,
    5,
    "s",
    "Runtime counters grow once a minute; one and a half of that bridges a late report.",
)


@dataclass(frozen=True, slots=True)
class CounterSignal(Signal):
    """On while a runtime counter grows: it last grew less than the stall timeout ago."""

    source: Source
    _: KW_ONLY
    stall_timeout: timedelta = timedelta(seconds=COUNTER_STALL_TIMEOUT.default)

    reads_minutes: ClassVar[bool] = True

    @override
    @classmethod
    def decode(cls, options: Mapping[str, Any], timing: Timing) -> Self:
        return cls(
            decode_source(options),
            role=decode_role(options),
            quality=decode_quality(options),
            timing=timing,
        )

    @override
    @classmethod
    def can_read(cls, value: Raw) -> bool:
        return is_unavailable(value) or read_number(value) is not None

    @override
    def track(self, raw: Raw, at: datetime, memory: SignalMemory) -> SignalMemory:
        count = read_number(raw)
        if count is None:
            return memory
        if memory.last_count is None or memory.last_growth_at is None or count < memory.last_count:
            return replace(memory, last_count=count, last_growth_at=at, is_growing=False)
        since = min(memory.last_growth_at, at)
        if count == memory.last_count:
            return (
                memory if since == memory.last_growth_at else replace(memory, last_growth_at=since)
            )
        # Growth over a time without readings does not show that the counter is growing now.
        return replace(
            memory,
            last_count=count,
            last_growth_at=at,
            is_growing=memory.is_on is not None or at - since < self.stall_timeout,
        )

    @override
    def read(self, raw: Raw, context: ReadingContext) -> Reading:
        memory = context.memory
        if read_number(raw) is None or memory.last_growth_at is None:
            return Reading(None, usable_text(raw))
        if context.observation.at >= memory.last_growth_at + self.stall_timeout:
            return Reading(is_on=False)
        return Reading(True if memory.is_growing else memory.is_on)

    @override
    def next_changes(self, observation: Observation, memory: SignalMemory) -> Iterable[datetime]:
        if memory.last_growth_at is None:
            return ()
        return (memory.last_growth_at + self.stall_timeout,)
