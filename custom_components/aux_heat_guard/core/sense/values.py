"""Read raw values with care: numbers, words and temperatures, whatever a source reports."""

import math

from ..model import Observation, Raw
from ..settings.guard import OUTDOOR_STALE, PLAUSIBLE_TEMPERATURE

UNAVAILABLE_STATES = frozenset({"", "unknown", "unavailable"})
EMPTY_STATES = UNAVAILABLE_STATES | {"none"}
"""States without a value. A template without a result has the state none. As an attribute, none can
be a value, such as a preset."""
ON_WORDS = frozenset({"on", "true", "yes", "1"})
OFF_WORDS = frozenset({"off", "false", "no", "0"})
REHEAT = "reheat"
NUMERIC_TYPES = (int, float, str)
"""A tuple, because isinstance would build a union again at each call."""


def read_number(raw: Raw) -> float | None:
    """Return a finite number, or None if the value is not one."""
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


def normalize_text(raw: object) -> str:
    """Return a value as text without surrounding spaces, case-folded."""
    try:
        return str(raw).strip().casefold()
    except ValueError:
        # Python does not write out whole numbers of thousands of digits.
        return "a number too long to write"


def usable_text(raw: Raw) -> str | None:
    """Return a value as normalized text, or None if the source reports nothing."""
    text = "" if raw is None else normalize_text(raw)
    return None if text in EMPTY_STATES else text


def is_unavailable(raw: Raw) -> bool:
    """Return True if the source is missing, unknown or unavailable."""
    return raw is None or normalize_text(raw) in UNAVAILABLE_STATES


def plausible_temperature(value: float | None) -> float | None:
    """Return a temperature, °C, if it is plausible; otherwise None."""
    low, high = PLAUSIBLE_TEMPERATURE
    return value if value is not None and low <= value <= high else None


def is_outdoor_stale(observation: Observation) -> bool:
    """Return True if the outdoor temperature is too old to describe the present."""
    reported = observation.outdoor_last_reported
    return reported is not None and observation.at - reported > OUTDOOR_STALE


def current_outdoor(observation: Observation) -> float | None:
    """Return the outdoor temperature, °C, if it is plausible and recent; otherwise None."""
    return None if is_outdoor_stale(observation) else plausible_temperature(observation.outdoor)


def is_reheating(observation: Observation) -> bool:
    """Return True if the air is dehumidified: cooled, then warmed again by the strips."""
    thermostat = observation.thermostat
    dries = thermostat.hvac_mode == "dry" or thermostat.hvac_action == "drying"
    return dries or any(
        isinstance(raw, str) and normalize_text(raw) == REHEAT for raw in observation.readings
    )
