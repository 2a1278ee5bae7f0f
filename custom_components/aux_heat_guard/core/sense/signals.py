"""From a raw reading to evidence: on, off, or nothing."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
import math

from ..model import Evidence, Observation, Quality, Raw
from ..settings.guard import (
    LONGEST_MEAN,
    OUTDOOR_STALE,
    PLAUSIBLE_TEMPERATURE,
    CounterSignal,
    EqualsSignal,
    InferenceSignal,
    OnOffSignal,
    Signal,
    ThresholdSignal,
    Timing,
    TokenSignal,
)
from .level import follow_level
from .memory import Memory

UNSEEN = frozenset({"", "unknown", "unavailable"})
NOTHING_SAID = UNSEEN | {"none"}
"""As a state, none is a template that found nothing; as an attribute it can be a value, such as a preset."""
ON = frozenset({"on", "true", "yes", "1"})
NO_WORDS: frozenset[str] = frozenset()
NUMERIC = (int, float, str)
"""As a tuple: a union would be made anew at each look."""
REHEAT = "reheat"
OFF = frozenset({"off", "false", "no", "0"})


@dataclass(frozen=True, slots=True)
class _Reading:
    verdict: bool | None
    strange: str | None = None


NOTHING = _Reading(None)


def sense(
    signal: Signal,
    raw: Raw,
    observation: Observation,
    memory: Memory,
    words: frozenset[str] = NO_WORDS,
) -> tuple[Evidence, Memory]:
    """Judge one reading of a signal, after its delays. Never raises, whatever the reading is.

    Words: what the source says it can say, case-folded.
    """
    memory = replace(memory, due=None)
    if isinstance(signal, CounterSignal):
        memory = _count(signal, raw, observation.at, memory)
    elif isinstance(signal, ThresholdSignal) and signal.elements:
        memory = follow_level(signal, number(raw), observation.at, memory)
    reading = _read(signal, raw, observation, memory, words)
    memory = _settle(reading.verdict, signal, observation.at, memory)
    lingers = memory.settled is True and reading.verdict is False
    return Evidence(signal.role, signal.quality, memory.settled, reading.strange, lingers), memory


def number(raw: Raw) -> float | None:
    """Read a finite number, or nothing."""
    if (
        isinstance(raw, bool)
        or not isinstance(raw, NUMERIC)
        or (isinstance(raw, str) and "_" in raw)
    ):
        return None
    try:
        value = float(raw)
    except ValueError, OverflowError:
        return None
    return value if math.isfinite(value) else None


def outdoor_is_stale(observation: Observation) -> bool:
    """Tell whether the outdoor temperature is too old to say anything about now."""
    reported = observation.outdoor_reported
    return reported is not None and observation.at - reported > OUTDOOR_STALE


def outdoor_now(observation: Observation) -> float | None:
    """Tell the outdoor temperature, °C, where it was reported lately."""
    return None if outdoor_is_stale(observation) else temperature(observation.outdoor)


def reheats(observation: Observation) -> bool:
    """Tell whether the air is being dried: it is cooled, then warmed by the strips."""
    thermostat = observation.thermostat
    dries = thermostat.mode == "dry" or thermostat.action == "drying"
    return dries or any(
        isinstance(raw, str) and _normal(raw) == REHEAT for raw in observation.readings
    )


def temperature(value: float | None) -> float | None:
    """Let a plausible temperature in °C pass, and nothing else."""
    low, high = PLAUSIBLE_TEMPERATURE
    return value if value is not None and low <= value <= high else None


def _read(
    signal: Signal, raw: Raw, observation: Observation, memory: Memory, words: frozenset[str]
) -> _Reading:
    match signal:
        case TokenSignal():
            return _contains(signal, raw, words)
        case EqualsSignal():
            return _equals(signal, raw, words)
        case OnOffSignal():
            return _on_off(raw)
        case ThresholdSignal():
            return _over(signal, raw, memory)
        case CounterSignal():
            return _grows(signal, raw, observation.at, memory)
    return _infer(signal, observation, memory)


def _contains(signal: TokenSignal, raw: Raw, words: frozenset[str]) -> _Reading:
    # An empty list of what runs is a report that nothing runs.
    if isinstance(raw, tuple):
        items = raw
    elif isinstance(raw, str) and (not raw.strip() or _text(raw)):
        items = tuple(raw.split(","))
    else:
        return _Reading(None, _text(raw))
    tokens = {_normal(item) for item in items} - {""}
    strange = tokens - signal.tokens - signal.others - words if signal.others or words else set()
    described = ", ".join(sorted(strange)) or None
    if tokens & signal.tokens:
        return _Reading(verdict=True, strange=described)
    return _Reading(None if strange else False, described)


def _equals(signal: EqualsSignal, raw: Raw, words: frozenset[str]) -> _Reading:
    text = "" if raw is None else _normal(raw)
    if text in UNSEEN:
        return NOTHING
    if text in signal.values:
        return _Reading(verdict=True)
    if text in signal.others or text in words:
        return _Reading(verdict=False)
    if text in NOTHING_SAID and signal.source.attribute is None:
        return NOTHING
    # Where nobody knows what else can be said, whoever chose the words meant that all else is off.
    return _Reading(None, text) if signal.others or words else _Reading(verdict=False)


def _on_off(raw: Raw) -> _Reading:
    text = _text(raw)
    if text is None:
        return NOTHING
    if text in ON or text in OFF:
        return _Reading(text in ON)
    return _Reading(None, text)


def _text(raw: Raw) -> str | None:
    text = "" if raw is None else _normal(raw)
    return None if text in NOTHING_SAID else text


def _normal(raw: object) -> str:
    try:
        return str(raw).strip().casefold()
    except ValueError:
        # Python does not write out whole numbers of thousands of digits.
        return "a number too long to write"


def _over(signal: ThresholdSignal, raw: Raw, memory: Memory) -> _Reading:
    value = number(raw)
    if value is None:
        return _Reading(None, _text(raw))
    if memory.fell_to is not None:
        return _Reading(verdict=False)
    if value > signal.on_above:
        return _Reading(verdict=True)
    if value <= signal.off_below:
        return _Reading(verdict=False)
    return _Reading(bool(memory.settled))


def _count(signal: CounterSignal, raw: Raw, at: datetime, memory: Memory) -> Memory:
    value = number(raw)
    if value is None:
        return memory
    if memory.count is None or memory.counted_at is None or value < memory.count:
        return replace(memory, count=value, counted_at=at, grew=False)
    since = min(memory.counted_at, at)
    if value == memory.count:
        return replace(memory, counted_at=since)
    # What grew while nobody looked does not tell that it grows now.
    return replace(
        memory,
        count=value,
        counted_at=at,
        grew=memory.settled is not None or at - since < signal.hold,
    )


def _grows(signal: CounterSignal, raw: Raw, at: datetime, memory: Memory) -> _Reading:
    if number(raw) is None or memory.counted_at is None:
        return _Reading(None, _text(raw))
    if at >= memory.counted_at + signal.hold:
        return _Reading(verdict=False)
    return _Reading(True if memory.grew else memory.settled)


def _infer(signal: InferenceSignal, observation: Observation, memory: Memory) -> _Reading:
    thermostat = observation.thermostat
    room, setpoint = temperature(thermostat.room), temperature(thermostat.setpoint)
    outdoor = None if outdoor_is_stale(observation) else temperature(observation.outdoor)
    needed = signal.recovered if memory.settled else signal.droop
    conditions = (
        None if thermostat.action is None else thermostat.action == "heating",
        None if room is None or setpoint is None else setpoint - room >= needed,
        None if outdoor is None else outdoor < signal.outdoor_below,
    )
    # One that does not hold decides, whatever is unknown of the others.
    return _Reading(False if False in conditions else None if None in conditions else True)


def _settle(verdict: bool | None, signal: Signal, at: datetime, memory: Memory) -> Memory:
    # What is seen for the first time is believed at once; an estimate is none before its delay.
    doubted = memory.settled is not None or (verdict is True and signal.quality is Quality.INFERRED)
    if verdict is None or verdict == memory.settled or not doubted:
        return replace(memory, settled=verdict, differs_since=None)
    timing: Timing = signal.timing
    since = memory.differs_since
    if since is None or since > at:
        since = at
    due = since + (timing.confirm if verdict else timing.release)
    if at >= due:
        return replace(memory, settled=verdict, differs_since=None)
    return replace(memory, differs_since=since, due=due)


def wake(signal: Signal, observation: Observation, memory: Memory) -> datetime | None:
    """When time alone may change what this signal says."""
    times = [memory.due] if memory.due else []
    if isinstance(signal, CounterSignal) and memory.counted_at is not None:
        times.append(memory.counted_at + signal.hold)
    if memory.fell_at is not None:
        times.append(memory.fell_at + LONGEST_MEAN)
    if isinstance(signal, InferenceSignal) and observation.outdoor_reported is not None:
        times.append(observation.outdoor_reported + OUTDOOR_STALE + timedelta(microseconds=1))
    return min((time for time in times if time > observation.at), default=None)
