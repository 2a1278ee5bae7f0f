"""What the options say about alerts and how they are told. What cannot be read is taken for not given.

alerts           {alert: {"enabled", "severity", figure: number, ...}}, figures in the units of FIGURES; what is left out is as it is by default
balance_point    °C outdoors at which the heat pump alone just carries the home
quiet            {"start": "22:00:00", "end": "07:00:00"}, or {} for none; not given: as by default
forecast         entity id of a weather entity, or None; not given: the one that tells the outdoor temperature, if it is one
notify           {"persistent": bool, "phones": [names of actions notify.NAME], "entities": [notify entity ids], "actions": [actions]}
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
from ..core.model import Alert, Severity
from ..core.sense.values import read_number
from ..core.settings.alerts import (
    BALANCE_POINT,
    QUIET_END,
    QUIET_START,
    THRESHOLDS,
    AlertConfig,
    AlertSettings,
    default_config,
)
from ..core.units import NumberSpec

CONF_ACTIONS = "actions"
CONF_ENABLED = "enabled"
CONF_END = "end"
CONF_ENTITIES = "entities"
CONF_PERSISTENT = "persistent"
CONF_PHONES = "phones"
CONF_SEVERITY = "severity"
CONF_START = "start"


@dataclass(frozen=True, slots=True)
class Channels:
    """How alerts reach people."""

    persistent: bool = True
    """In Home Assistant itself."""
    phones: tuple[str, ...] = ()
    """Names of the companion app's actions, as in notify.NAME."""
    entities: tuple[str, ...] = ()
    """Notify entities."""
    actions: tuple[Mapping[str, Any], ...] = ()
    """Anything else."""


def read_alert_settings(options: Mapping[str, Any]) -> AlertSettings:
    """Read when alerts are raised, and when they are told."""
    chosen = _mapping(options.get(CONF_ALERTS))
    return AlertSettings(
        {alert: _read_choice(alert, _mapping(chosen.get(alert.value))) for alert in Alert},
        balance_point=_read_number(options.get(CONF_BALANCE_POINT), BALANCE_POINT),
        quiet_hours=_read_quiet_hours(options.get(CONF_QUIET)),
    )


def with_figure(
    options: Mapping[str, Any], alert: Alert, name: str, value: float
) -> dict[str, Any]:
    """Change one figure of one alert, in the units of FIGURES."""
    chosen = _mapping(options.get(CONF_ALERTS))
    return {
        **options,
        CONF_ALERTS: {**chosen, alert.value: {**_mapping(chosen.get(alert.value)), name: value}},
    }


def read_channels(options: Mapping[str, Any]) -> Channels:
    """Read how alerts reach people."""
    notify = _mapping(options.get(CONF_NOTIFY))
    actions = tuple(
        action for action in _list(notify.get(CONF_ACTIONS)) if isinstance(action, Mapping)
    )
    persistent = notify.get(CONF_PERSISTENT)
    return Channels(
        persistent if isinstance(persistent, bool) else True,
        tuple(str(phone) for phone in _list(notify.get(CONF_PHONES))),
        tuple(str(entity) for entity in _list(notify.get(CONF_ENTITIES))),
        actions,
    )


def read_forecast_entity(options: Mapping[str, Any]) -> str | None:
    """Name the weather entity whose forecast counts."""
    if CONF_FORECAST in options:
        chosen = options[CONF_FORECAST]
        return chosen if isinstance(chosen, str) and chosen else None
    outdoor = _mapping(options.get(CONF_OUTDOOR)).get(CONF_ENTITY_ID)
    return (
        outdoor if isinstance(outdoor, str) and outdoor.startswith(f"{WEATHER_DOMAIN}.") else None
    )


def _read_choice(alert: Alert, chosen: Mapping[str, Any]) -> AlertConfig:
    usual = default_config(alert)
    enabled, severity = chosen.get(CONF_ENABLED), chosen.get(CONF_SEVERITY)
    return AlertConfig(
        enabled if isinstance(enabled, bool) else usual.enabled,
        Severity(severity)
        if isinstance(severity, str) and severity in Severity
        else usual.severity,
        {
            name: _read_number(chosen.get(name), figure)
            for name, figure in THRESHOLDS[alert].items()
        },
    )


def _read_quiet_hours(value: Any) -> tuple[time, time] | None:  # noqa: ANN401
    if not isinstance(value, Mapping):
        return QUIET_START, QUIET_END
    try:
        start, end = (time.fromisoformat(str(value[name])) for name in (CONF_START, CONF_END))
    except KeyError, ValueError:
        return None
    return None if start == end else (start, end)


def _read_number(value: Any, allowed: NumberSpec) -> float:  # noqa: ANN401
    measured = read_number(value)
    return (
        measured
        if measured is not None and allowed.minimum <= measured <= allowed.maximum
        else allowed.default
    )


def _mapping(value: Any) -> Mapping[str, Any]:  # noqa: ANN401
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:  # noqa: ANN401
    return [*value] if isinstance(value, list | tuple) else []
