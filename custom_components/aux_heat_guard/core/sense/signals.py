"""From a raw reading to evidence: on, off, or nothing."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
import math

from ..model import Evidence, Observation, Quality, Raw
from ..settings.guard import (
    MAX_MEAN_WINDOW,
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
from .level import track_power
from .memory import SignalMemory

UNAVAILABLE_STATES = frozenset({"", "unknown", "unavailable"})
EMPTY_STATES = UNAVAILABLE_STATES | {"none"}
"""As a state, none is a template that found nothing; as an attribute it can be a value, such as a preset."""
ON_WORDS = frozenset({"on", "true", "yes", "1"})
NO_KNOWN_VALUES: frozenset[str] = frozenset()
NUMERIC_TYPES = (int, float, str)
"""As a tuple: a union would be made anew at each look."""
REHEAT = "reheat"
OFF_WORDS = frozenset({"off", "false", "no", "0"})


@dataclass(frozen=True, slots=True)
class _Reading:
    is_on: bool | None
    unknown_value: str | None = None


NO_READING = _Reading(None)


def sense(
    signal: Signal,
    raw: Raw,
    observation: Observation,
    memory: SignalMemory,
    known_values: frozenset[str] = NO_KNOWN_VALUES,
) -> tuple[Evidence, SignalMemory]:
    """Judge one reading of a signal, after its delays. Never raises, whatever the reading is.

    Words: what the source says it can say, case-folded.
    """
    memory = replace(memory, due=None)
    if isinstance(signal, CounterSignal):
        memory = _track_counter(signal, raw, observation.at, memory)
    elif isinstance(signal, ThresholdSignal) and signal.element_count:
        memory = track_power(signal, read_number(raw), observation.at, memory)
    reading = _read_signal(signal, raw, observation, memory, known_values)
    memory = _apply_delays(reading.is_on, signal, observation.at, memory)
    lingers = memory.is_on is True and reading.is_on is False
    return Evidence(
        signal.role, signal.quality, memory.is_on, reading.unknown_value, lingers
    ), memory


def read_number(raw: Raw) -> float | None:
    """Read a finite number, or nothing."""
    if (
        isinstance(raw, bool)
        or not isinstance(raw, NUMERIC_TYPES)
        or (isinstance(raw, str) and "_" in raw)
    ):
        return None
    try:
        value = float(raw)
    except ValueError, OverflowError:
        return None
    return value if math.isfinite(value) else None


def is_outdoor_stale(observation: Observation) -> bool:
    """Tell whether the outdoor temperature is too old to say anything about now."""
    reported = observation.outdoor_last_reported
    return reported is not None and observation.at - reported > OUTDOOR_STALE


def current_outdoor(observation: Observation) -> float | None:
    """Tell the outdoor temperature, °C, where it was reported lately."""
    return None if is_outdoor_stale(observation) else plausible_temperature(observation.outdoor)


def is_reheating(observation: Observation) -> bool:
    """Tell whether the air is being dried: it is cooled, then warmed by the strips."""
    thermostat = observation.thermostat
    dries = thermostat.hvac_mode == "dry" or thermostat.hvac_action == "drying"
    return dries or any(
        isinstance(raw, str) and _normalize(raw) == REHEAT for raw in observation.readings
    )


def plausible_temperature(value: float | None) -> float | None:
    """Let a plausible temperature in °C pass, and nothing else."""
    low, high = PLAUSIBLE_TEMPERATURE
    return value if value is not None and low <= value <= high else None


def _read_signal(
    signal: Signal,
    raw: Raw,
    observation: Observation,
    memory: SignalMemory,
    known_values: frozenset[str],
) -> _Reading:
    match signal:
        case TokenSignal():
            return _read_tokens(signal, raw, known_values)
        case EqualsSignal():
            return _read_value(signal, raw, known_values)
        case OnOffSignal():
            return _read_on_off(raw)
        case ThresholdSignal():
            return _read_threshold(signal, raw, memory)
        case CounterSignal():
            return _read_counter(signal, raw, observation.at, memory)
    return _infer(signal, observation, memory)


def _read_tokens(signal: TokenSignal, raw: Raw, known_values: frozenset[str]) -> _Reading:
    # An empty list of what runs is a report that nothing runs.
    if isinstance(raw, tuple):
        items = raw
    elif isinstance(raw, str) and (not raw.strip() or _usable_text(raw)):
        items = tuple(raw.split(","))
    else:
        return _Reading(None, _usable_text(raw))
    tokens = {_normalize(item) for item in items} - {""}
    strange = (
        tokens - signal.tokens - signal.other_tokens - known_values
        if signal.other_tokens or known_values
        else set()
    )
    described = ", ".join(sorted(strange)) or None
    if tokens & signal.tokens:
        return _Reading(is_on=True, unknown_value=described)
    return _Reading(None if strange else False, described)


def _read_value(signal: EqualsSignal, raw: Raw, known_values: frozenset[str]) -> _Reading:
    text = "" if raw is None else _normalize(raw)
    if text in UNAVAILABLE_STATES:
        return NO_READING
    if text in signal.values:
        return _Reading(is_on=True)
    if text in signal.other_values or text in known_values:
        return _Reading(is_on=False)
    if text in EMPTY_STATES and signal.source.attribute is None:
        return NO_READING
    # Where nobody knows what else can be said, whoever chose the words meant that all else is off.
    return _Reading(None, text) if signal.other_values or known_values else _Reading(is_on=False)


def _read_on_off(raw: Raw) -> _Reading:
    text = _usable_text(raw)
    if text is None:
        return NO_READING
    if text in ON_WORDS or text in OFF_WORDS:
        return _Reading(text in ON_WORDS)
    return _Reading(None, text)


def _usable_text(raw: Raw) -> str | None:
    text = "" if raw is None else _normalize(raw)
    return None if text in EMPTY_STATES else text


def _normalize(raw: object) -> str:
    try:
        return str(raw).strip().casefold()
    except ValueError:
        # Python does not write out whole numbers of thousands of digits.
        return "a number too long to write"


def _read_threshold(signal: ThresholdSignal, raw: Raw, memory: SignalMemory) -> _Reading:
    value = read_number(raw)
    if value is None:
        return _Reading(None, _usable_text(raw))
    if memory.dropped_power is not None:
        return _Reading(is_on=False)
    if value > signal.on_above:
        return _Reading(is_on=True)
    if value <= signal.off_below:
        return _Reading(is_on=False)
    return _Reading(bool(memory.is_on))


def _track_counter(
    signal: CounterSignal, raw: Raw, at: datetime, memory: SignalMemory
) -> SignalMemory:
    value = read_number(raw)
    if value is None:
        return memory
    if memory.last_count is None or memory.last_growth_at is None or value < memory.last_count:
        return replace(memory, last_count=value, last_growth_at=at, is_growing=False)
    since = min(memory.last_growth_at, at)
    if value == memory.last_count:
        return replace(memory, last_growth_at=since)
    # What grew while nobody looked does not tell that it grows now.
    return replace(
        memory,
        last_count=value,
        last_growth_at=at,
        is_growing=memory.is_on is not None or at - since < signal.stall_timeout,
    )


def _read_counter(signal: CounterSignal, raw: Raw, at: datetime, memory: SignalMemory) -> _Reading:
    if read_number(raw) is None or memory.last_growth_at is None:
        return _Reading(None, _usable_text(raw))
    if at >= memory.last_growth_at + signal.stall_timeout:
        return _Reading(is_on=False)
    return _Reading(True if memory.is_growing else memory.is_on)


def _infer(signal: InferenceSignal, observation: Observation, memory: SignalMemory) -> _Reading:
    thermostat = observation.thermostat
    room, setpoint = (
        plausible_temperature(thermostat.room),
        plausible_temperature(thermostat.setpoint),
    )
    outdoor = None if is_outdoor_stale(observation) else plausible_temperature(observation.outdoor)
    needed = signal.recovered_within if memory.is_on else signal.droop
    conditions = (
        None if thermostat.hvac_action is None else thermostat.hvac_action == "heating",
        None if room is None or setpoint is None else setpoint - room >= needed,
        None if outdoor is None else outdoor < signal.outdoor_below,
    )
    # One that does not hold decides, whatever is unknown of the others.
    return _Reading(False if False in conditions else None if None in conditions else True)


def _apply_delays(
    is_on: bool | None, signal: Signal, at: datetime, memory: SignalMemory
) -> SignalMemory:
    # What is seen for the first time is believed at once; an estimate is none before its delay.
    doubted = memory.is_on is not None or (is_on is True and signal.quality is Quality.INFERRED)
    if is_on is None or is_on == memory.is_on or not doubted:
        return replace(memory, is_on=is_on, changing_since=None)
    timing: Timing = signal.timing
    since = memory.changing_since
    if since is None or since > at:
        since = at
    due = since + (timing.on_delay if is_on else timing.off_delay)
    if at >= due:
        return replace(memory, is_on=is_on, changing_since=None)
    return replace(memory, changing_since=since, due=due)


def wake(signal: Signal, observation: Observation, memory: SignalMemory) -> datetime | None:
    """When time alone may change what this signal says."""
    times = [memory.due] if memory.due else []
    if isinstance(signal, CounterSignal) and memory.last_growth_at is not None:
        times.append(memory.last_growth_at + signal.stall_timeout)
    if memory.dropped_at is not None:
        times.append(memory.dropped_at + MAX_MEAN_WINDOW)
    if isinstance(signal, InferenceSignal) and observation.outdoor_last_reported is not None:
        times.append(observation.outdoor_last_reported + OUTDOOR_STALE + timedelta(microseconds=1))
    return min((time for time in times if time > observation.at), default=None)
