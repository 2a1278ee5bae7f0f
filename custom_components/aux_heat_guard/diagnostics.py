"""What helps to find out why a guard shows what it shows, with nothing in it that names a person or a device.

Entity ids stay: without them nobody can tell what a guard goes by.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta, tzinfo
from enum import Enum
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_UNIQUE_ID
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .alert_options import CONF_ACTIONS, CONF_ENTITIES, CONF_PHONES
from .coordinator import GuardConfigEntry, GuardCoordinator
from .core.account import days
from .core.account.figures import Figures, Window
from .core.account.ledger import Ledger
from .core.account.report import Report, Resolution, Wanted, report
from .core.codec_trace import encode_traced
from .core.engine import View
from .history import is_available
from .tables import Home, Plain, home_of, percent, plain_bins, plain_row, plain_run

TO_REDACT = {"title", CONF_UNIQUE_ID, CONF_PHONES, CONF_ENTITIES, CONF_ACTIONS}
"""The first two are made from what the user calls the thermostat, or from its serial number; phones are called after people."""

RUNS = 50
"""The last ones; a cold week has as many."""

WINDOWS = ("today", "day", "seven_days", "week", "month", "season", "total")


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: GuardConfigEntry) -> Plain:
    """Tell what is set, what is seen, what was counted, and how much of it is kept."""
    coordinator = entry.runtime_data
    settings = coordinator.guarded.settings
    home = home_of(hass, settings.zone)
    ledger = await coordinator.async_history()
    now = dt_util.utcnow()
    season = days.bounds(now, settings.zone, settings.season_start_month).season
    wanted = Wanted(season, now, Resolution.SEASON, home.edges)
    made = await hass.async_add_executor_job(report, ledger, wanted, settings)
    return {
        "entry": async_redact_data(entry.as_dict(), TO_REDACT),
        "home": {"currency": home.currency, "temperature_unit": home.temperature_unit, "recorder": is_available(hass)},
        "guarded": async_redact_data(plain(coordinator.guarded), TO_REDACT),
        "view": _view(coordinator.data),
        "alerts": _alerts(coordinator),
        "trace": [encode_traced(step) for step in coordinator.trace],
        "figures": _figures(coordinator.data.figures),
        "history": _history(coordinator, ledger, home),
        "season": _season(made, home),
    }


def plain(value: Any) -> Any:  # noqa: ANN401
    """Turn any value of the core into what JSON can hold: lengths of time in seconds, sets sorted."""
    if is_dataclass(value):
        inner = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        return {"type": type(value).__name__, **inner}
    match value:
        case Mapping():
            return {str(key): plain(one) for key, one in value.items()}
        case AbstractSet():
            return sorted(plain(one) for one in value)
        case list() | tuple():
            return [plain(one) for one in value]
        case _:
            return _plain_leaf(value)


def _plain_leaf(value: Any) -> Any:  # noqa: ANN401
    match value:
        case Enum():
            return value.value
        case datetime():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case tzinfo():
            return str(value)
        case _:
            return value


def _view(view: View) -> Plain:
    return {"heat": plain(view.heat), "evidence": plain(view.evidence), "run": plain(view.run)}


def _alerts(coordinator: GuardCoordinator) -> Plain:
    return {**plain(coordinator.alerts), "tally": plain(coordinator.watch.tally), "circumstances": plain(coordinator.watch.circumstances)}


def _figures(figures: Figures) -> Plain:
    windows: dict[str, Window] = {name: getattr(figures, name) for name in WINDOWS}
    shares = {
        name: {"coverage": percent(window.coverage), "heat_pump_coverage": percent(window.heat_pump_coverage)}
        for name, window in windows.items()
    }
    return {
        "today_at": plain(figures.today_at),
        "rest_at": plain(figures.rest_at),
        **{name: {**plain(window), **shares[name]} for name, window in windows.items()},
    }


def _history(coordinator: GuardCoordinator, ledger: Ledger, home: Home) -> Plain:
    at_hand = coordinator.ledger()
    return {
        "since": home.time(ledger.months[0].at),
        "first_point": home.time(ledger.points[0].at),
        "counted_up_to": home.time(ledger.at),
        "progress": coordinator.recall.progress,
        "points": len(ledger.points),
        "points_at_hand": len(at_hand.points),
        "months": len(ledger.months),
        "runs": len(ledger.runs),
        "runs_at_hand": len(at_hand.runs),
    }


def _season(made: Report, home: Home) -> Plain:
    return {
        "total": plain_row(made.whole, home),
        "last_runs": [plain_run(run, home) for run in made.runs[-RUNS:]],
        **plain_bins(made, home),
    }
