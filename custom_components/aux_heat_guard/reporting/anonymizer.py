"""Removes private data from options and records, so that users can share a diagnostics file.

A file holds no time zone, for a zone names a city or a country. Times are those of the home's
clock, without an offset. True instants would tell the offset: midnights are among them.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from homeassistant.components.climate.const import (
    PRESET_ACTIVITY,
    PRESET_AWAY,
    PRESET_BOOST,
    PRESET_COMFORT,
    PRESET_ECO,
    PRESET_HOME,
    PRESET_NONE,
    PRESET_SLEEP,
)
from homeassistant.components.diagnostics import REDACTED

from ..const import (
    CONF_ALERTS,
    CONF_BALANCE_POINT,
    CONF_ENERGY,
    CONF_EQUIPMENT,
    CONF_FORECAST,
    CONF_NOTIFY,
    CONF_OUTDOOR,
    CONF_PRICE,
    CONF_PROTECTION,
    CONF_PUMP,
    CONF_QUIET,
    CONF_SEASON_START_MONTH,
    CONF_SIGNALS,
    CONF_STRIPS_KW,
    CONF_THERMOSTAT,
    CONF_TIMING,
)
from ..core.model import SwitchoverKind
from ..core.persistence.json_values import EPOCH
from ..core.protection.schedule_learning import ObservedChange
from ..core.settings.protection import PROTECTION_NUMBERS
from ..options.alerts import CONF_PERSISTENT
from ..options.protection import CONF_MODE, CONF_OWN_SCHEDULE, CONF_SCHEDULE, LIMIT_SWITCHES

PUBLIC_OPTIONS = frozenset(
    {
        CONF_ALERTS,
        CONF_BALANCE_POINT,
        CONF_ENERGY,
        CONF_EQUIPMENT,
        CONF_FORECAST,
        CONF_OUTDOOR,
        CONF_PRICE,
        CONF_PUMP,
        CONF_QUIET,
        CONF_SEASON_START_MONTH,
        CONF_SIGNALS,
        CONF_STRIPS_KW,
        CONF_THERMOSTAT,
        CONF_TIMING,
    }
)
PUBLIC_GROUP_OPTIONS = {
    CONF_NOTIFY: frozenset({CONF_PERSISTENT}),
    CONF_PROTECTION: frozenset(
        {
            CONF_MODE,
            CONF_OWN_SCHEDULE,
            CONF_SCHEDULE,
            *LIMIT_SWITCHES,
            *PROTECTION_NUMBERS,
            *(
                f"{switch}_{name}"
                for switch in SwitchoverKind
                for name in ("on", "entity", "value")
            ),
        }
    ),
}
"""Actions may contain tokens, and phones have names of people. An option that is not listed is
left out, so a new option is private until somebody lists it."""

EMPTY_VALUES: tuple[Any, ...] = (None, "", [], {})
"""The values to keep, because an empty list of actions makes the guard decide differently."""

STANDARD_PRESETS = frozenset(
    {
        PRESET_ACTIVITY,
        PRESET_AWAY,
        PRESET_BOOST,
        PRESET_COMFORT,
        PRESET_ECO,
        PRESET_HOME,
        PRESET_NONE,
        PRESET_SLEEP,
    }
)
"""The presets of Home Assistant. Any other preset may have a name that the user gave it."""


def redact_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options without values that may be secret or name a person. Empty values stay."""
    return {name: _redact_option(name, value) for name, value in options.items()}


def _redact_option(name: str, value: Any) -> Any:  # noqa: ANN401
    if name in PUBLIC_OPTIONS:
        return value
    if name in PUBLIC_GROUP_OPTIONS and isinstance(value, Mapping):
        public = PUBLIC_GROUP_OPTIONS[name]
        return {key: item if key in public else _redact(item) for key, item in value.items()}
    return _redact(value)


def _redact(value: Any) -> Any:  # noqa: ANN401
    return value if value in EMPTY_VALUES else REDACTED


def wall_clock(at: datetime, zone: tzinfo) -> datetime:
    """Return an instant as a clock in a zone shows it, without the zone."""
    return at.astimezone(zone).replace(tzinfo=None)


PRESET_FIELDS = frozenset({"preset", "preset_to_restore", "chosen_preset"})
"""The fields of the core's records that hold the name of a preset."""


class Anonymizer:
    """Rewrites records of the core: instants to times of the home's clock, and presets to numbers.

    The rewritten times are marked as UTC. A replay of rewritten records in UTC makes the same
    decisions as the guard did, because durations, days and times of day are the same.
    """

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._presets: dict[str, str] = {}

    def rewrite[T](self, record: T, at: datetime) -> T:
        """Return a record of an instant with everything in it rewritten.

        The whole record uses the UTC offset of that instant, so that durations stay right even if
        daylight saving time starts or ends in between.
        """
        rewritten: T = self._rewrite(record, self._offset(at))
        return rewritten

    def _offset(self, at: datetime) -> timedelta:
        return at.astimezone(self._zone).utcoffset() or timedelta()

    def _rewrite(self, value: Any, offset: timedelta) -> Any:  # noqa: ANN401
        if isinstance(value, ObservedChange):
            # The thermostat's schedule is learned from the local time of each change.
            return replace(value, at=_shift(value.at, self._offset(value.at)))
        if is_dataclass(value) and not isinstance(value, type):
            return replace(
                value,
                **{
                    field.name: self._rewrite_field(field.name, getattr(value, field.name), offset)
                    for field in fields(value)
                },
            )
        match value:
            case datetime():
                return _shift(value, offset)
            case Mapping():
                return {key: self._rewrite(item, offset) for key, item in value.items()}
            case tuple():
                return tuple(self._rewrite(item, offset) for item in value)
            case _:
                return value

    def _rewrite_field(self, name: str, value: Any, offset: timedelta) -> Any:  # noqa: ANN401
        if name in PRESET_FIELDS and isinstance(value, str):
            return self._number_preset(value)
        if name == "recent_presets":
            return tuple(self._number_preset(preset) for preset in value)
        return self._rewrite(value, offset)

    def _number_preset(self, name: str) -> str:
        if name in STANDARD_PRESETS:
            return name
        return self._presets.setdefault(name, f"preset {len(self._presets) + 1}")


def _shift(at: datetime, offset: timedelta) -> datetime:
    # A clock that was never set starts at the epoch. Earlier times cannot be decoded.
    return max(at + offset, EPOCH)
