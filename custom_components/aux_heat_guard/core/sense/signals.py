"""Turn a raw reading into evidence: on, off or unknown, after the delays of the signal."""

from dataclasses import replace
from datetime import datetime

from ..model import Evidence, Observation, Quality, Raw
from ..settings.signal import ReadingContext, Signal, SignalMemory

NO_KNOWN_VALUES: frozenset[str] = frozenset()


def sense(
    signal: Signal,
    raw: Raw,
    observation: Observation,
    memory: SignalMemory,
    known_values: frozenset[str] = NO_KNOWN_VALUES,
) -> tuple[Evidence, SignalMemory]:
    """Return the evidence of one reading, after the delays, and the memory for the next reading.

    Never raises, whatever the reading is. `known_values` are the values that the source lists as
    possible, case-folded.
    """
    if memory.due is not None:
        memory = replace(memory, due=None)
    memory = signal.track(raw, observation.at, memory)
    reading = signal.read(raw, ReadingContext(observation, memory, known_values))
    memory = _apply_delays(reading.is_on, signal, observation.at, memory)
    evidence = Evidence(
        role=signal.role,
        quality=signal.quality,
        is_on=memory.is_on,
        unknown_value=reading.unknown_value,
        is_on_by_delay=memory.is_on is True and reading.is_on is False,
    )
    return evidence, memory


def _apply_delays(
    is_on: bool | None, signal: Signal, at: datetime, memory: SignalMemory
) -> SignalMemory:
    # The first reading counts at once; an estimate counts only after its delay.
    has_delay = memory.is_on is not None or (is_on is True and signal.quality is Quality.INFERRED)
    if is_on is None or is_on == memory.is_on or not has_delay:
        return _with_verdict(memory, is_on)
    since = memory.changing_since
    if since is None or since > at:
        since = at
    due = since + (signal.timing.on_delay if is_on else signal.timing.off_delay)
    if at >= due:
        return _with_verdict(memory, is_on)
    return replace(memory, changing_since=since, due=due)


def _with_verdict(memory: SignalMemory, is_on: bool | None) -> SignalMemory:
    if memory.is_on is is_on and memory.changing_since is None:
        return memory
    return replace(memory, is_on=is_on, changing_since=None)


def next_change(signal: Signal, observation: Observation, memory: SignalMemory) -> datetime | None:
    """Return when the evidence may change without a new reading, or None for never."""
    times = [*signal.next_changes(observation, memory)]
    if memory.due is not None:
        times.append(memory.due)
    return min((time for time in times if time > observation.at), default=None)
