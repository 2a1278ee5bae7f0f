"""The options about alerts and about the channels that deliver them.

A value that cannot be read counts as not given.

alerts: {alert: {"enabled", "severity", figure: number, ...}}, figures in the units of
    its rule; a value that is not given has its default
balance_point: °C outdoors at which the heat pump alone just carries the home
quiet: {"start": "22:00:00", "end": "07:00:00"}, or {} for no quiet hours; not given: the default
forecast: entity id of a weather entity, or None; not given: the entity of the outdoor temperature,
    if it is a weather entity
notify: {"persistent": bool, "phones": [names of actions notify.NAME],
    "entities": [notify entity ids], "actions": [actions]}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from homeassistant.components.weather.const import DOMAIN as WEATHER_DOMAIN

from ..const import (
    CONF_ALERTS,
    CONF_BALANCE_POINT,
    CONF_ENTITY_ID,
    CONF_FORECAST,
    CONF_NOTIFY,
    CONF_OUTDOOR,
    CONF_QUIET,
)
from ..core.alerts.rules import DEFAULT_CONFIGS, RULES
from ..core.model import Alert
from ..core.settings.alerts import (
    BALANCE_POINT,
    QUIET_END,
    QUIET_START,
    AlertConfig,
    AlertSettings,
)
from .values import (
    Options,
    read_bool,
    read_choice,
    read_list,
    read_mapping,
    read_mappings,
    read_number_within,
    read_text,
)

CONF_ACTIONS = "actions"
CONF_ENABLED = "enabled"
CONF_END = "end"
CONF_ENTITIES = "entities"
CONF_PERSISTENT = "persistent"
CONF_PHONES = "phones"
CONF_SEVERITY = "severity"
CONF_START = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """The channels that deliver alerts to people."""

    persistent: bool = True
    """True if alerts appear as persistent notifications in Home Assistant."""
    phones: tuple[str, ...] = ()
    """The names of the companion app's actions, as in notify.NAME."""
    entities: tuple[str, ...] = ()
    """The entity ids of notify entities."""
    actions: tuple[Mapping[str, Any], ...] = ()
    """Actions of the user's own."""


def read_alert_settings(options: Options) -> AlertSettings:
    """Return when alerts start and end, and when the channels stay quiet."""
    configs = read_mapping(options.get(CONF_ALERTS))
    return AlertSettings(
        configs={
            alert: _read_alert_config(alert, read_mapping(configs.get(alert.value)))
            for alert in Alert
        },
        balance_point=read_number_within(options.get(CONF_BALANCE_POINT), BALANCE_POINT),
        quiet_hours=_read_quiet_hours(options.get(CONF_QUIET)),
    )


def with_figure(options: Options, alert: Alert, name: str, value: float) -> dict[str, Any]:
    """Return the options with another figure of one alert, in the units of its rule."""
    configs = read_mapping(options.get(CONF_ALERTS))
    config = {**read_mapping(configs.get(alert.value)), name: value}
    return {**options, CONF_ALERTS: {**configs, alert.value: config}}


def read_channels(options: Options) -> Channels:
    """Return the channels that deliver alerts to people."""
    notify = read_mapping(options.get(CONF_NOTIFY))
    return Channels(
        persistent=read_bool(notify.get(CONF_PERSISTENT), default=True),
        phones=tuple(str(phone) for phone in read_list(notify.get(CONF_PHONES))),
        entities=tuple(str(entity_id) for entity_id in read_list(notify.get(CONF_ENTITIES))),
        actions=read_mappings(notify.get(CONF_ACTIONS)),
    )


def read_forecast_entity(options: Options) -> str | None:
    """Return the weather entity whose forecast the guard uses."""
    if CONF_FORECAST in options:
        return read_text(options[CONF_FORECAST])
    outdoor = read_text(read_mapping(options.get(CONF_OUTDOOR)).get(CONF_ENTITY_ID))
    is_weather = outdoor is not None and outdoor.startswith(f"{WEATHER_DOMAIN}.")
    return outdoor if is_weather else None


def _read_alert_config(alert: Alert, options: Options) -> AlertConfig:
    default = DEFAULT_CONFIGS[alert]
    return AlertConfig(
        enabled=read_bool(options.get(CONF_ENABLED), default=default.enabled),
        severity=read_choice(options.get(CONF_SEVERITY), default.severity),
        thresholds={
            name: read_number_within(options.get(name), spec)
            for name, spec in RULES[alert].thresholds.items()
        },
    )


def _read_quiet_hours(value: object) -> tuple[time, time] | None:
    if not isinstance(value, Mapping):
        return QUIET_START, QUIET_END
    try:
        start, end = (time.fromisoformat(str(value[name])) for name in (CONF_START, CONF_END))
    except KeyError, ValueError:
        return None
    return None if start == end else (start, end)
