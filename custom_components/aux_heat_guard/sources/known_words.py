"""The known values of sources: listed by their entities, or known of their integrations."""

from collections.abc import Iterable
from functools import lru_cache

from homeassistant.components.climate.const import (
    ATTR_FAN_MODE,
    ATTR_FAN_MODES,
    ATTR_HVAC_MODES,
    ATTR_PRESET_MODE,
    ATTR_PRESET_MODES,
    ATTR_SWING_MODE,
    ATTR_SWING_MODES,
    PRESET_NONE,
    HVACAction,
)
from homeassistant.components.climate.const import DOMAIN as CLIMATE
from homeassistant.core import State, split_entity_id

from ..core.model import Source

ATTR_OPTIONS = "options"
"""The attribute in which selects and enum sensors list their states."""

LIST_ATTRIBUTES = {
    ATTR_PRESET_MODE: ATTR_PRESET_MODES,
    ATTR_FAN_MODE: ATTR_FAN_MODES,
    ATTR_SWING_MODE: ATTR_SWING_MODES,
}
"""The attributes of a thermostat, each with the attribute that lists its values."""

ZHA_EMERGENCY = "[5]/heat"
"""ZHA shows the number of the Zigbee mode, and the mode of Home Assistant: here heat."""
ZIGBEE_MODES = ["off", "auto", "cool", "heat", "precooling", "fan_only", "dry", "sleep"]
ZHA_MODES = [
    "[0]/off",
    "[1]/heat_cool",
    "[3]/cool",
    "[4]/heat",
    "[6]/cool",
    "[7]/fan_only",
    "[8]/dry",
    "[9]/off",
]

NEVIWEB_SOURCES = ["heating", "cooling", "none", "off"]

ZWAVE_STATES = [
    *(
        "Idle",
        "Heating",
        "Cooling",
        "Fan Only",
        "Pending Heat",
        "Pending Cool",
        "Vent/Economizer",
        "Vent / Economizer",
    ),
    *("2nd Stage Heating", "2nd Stage Cooling"),
]

ATTRIBUTE_WORDS: dict[str, frozenset[str]] = {
    "hvac_action": frozenset(action.value for action in HVACAction),
    "system_mode": frozenset(ZIGBEE_MODES + ZHA_MODES),
    "heat_level_source_type": frozenset(NEVIWEB_SOURCES),
    "source_type": frozenset(NEVIWEB_SOURCES),
}
"""The values of attributes that no other attribute lists, case-folded.

The values that mean aux heat or emergency heat are left out.
"""

NO_KNOWN_WORDS: frozenset[str] = frozenset()


def list_known_words(state: State | None, source: Source) -> frozenset[str]:
    """Return the known values of a source, case-folded, or none if they are not known."""
    if state is None:
        return NO_KNOWN_WORDS
    name = _list_attribute(source)
    listed = None if name is None else state.attributes.get(name)
    if isinstance(listed, list | tuple) and listed:
        words = _fold_case(tuple(map(str, listed)))
        return words | {PRESET_NONE} if source.attribute == ATTR_PRESET_MODE else words
    if source.attribute is None:
        return NO_KNOWN_WORDS
    return ATTRIBUTE_WORDS.get(source.attribute, NO_KNOWN_WORDS)


@lru_cache(maxsize=256)
def _list_attribute(source: Source) -> str | None:
    """Return the attribute that lists the values of a source."""
    if source.attribute is not None:
        return LIST_ATTRIBUTES.get(source.attribute)
    return ATTR_HVAC_MODES if split_entity_id(source.entity_id)[0] == CLIMATE else ATTR_OPTIONS


@lru_cache(maxsize=256)
def _fold_case(words: Iterable[str]) -> frozenset[str]:
    """Return words case-folded. The cache helps because an entity's list rarely changes."""
    return frozenset(word.strip().casefold() for word in words)
