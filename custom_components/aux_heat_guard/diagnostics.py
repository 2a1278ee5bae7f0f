"""What helps to find out why a guard shows what it shows, with nothing secret in it, and without names or the home's place.

Entity ids stay: without them nobody can tell what a guard goes by. So does the home's unit of temperature, which all figures are in.
Left out are all actions, phones, names that the user gave, coordinates, the currency and the time zone (see anonymizer).
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import Enum
from typing import Any

from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .coordinator import GuardConfigEntry, GuardCoordinator
from .core.account import days
from .core.account.figures import UsageWindows, Window
from .core.account.ledger import Ledger
from .core.account.reports import Report, ReportRequest, Resolution, build_report
from .core.engine import View
from .core.persistence.trace import encode_trace_step
from .history.recorder_reader import is_available
from .options.alerts import CONF_ACTIONS, CONF_ENTITIES, CONF_PHONES
from .reporting.anonymizer import Anonymizer, redact_options, wall_clock
from .reporting.export import HomeUnits, JsonObject, export_bins, export_row, export_run, to_percent

TO_REDACT = {CONF_PHONES, CONF_ENTITIES, CONF_ACTIONS}
"""Of what is guarded; the options are looked through by the anonymizer."""

ENTRY_KEYS = (
    "disabled_by",
    "domain",
    "entry_id",
    "minor_version",
    "pref_disable_new_entities",
    "pref_disable_polling",
    "source",
    "version",
)

MAX_RUNS = 50
"""The last ones; a cold week has as many."""

WINDOWS = ("today", "day", "seven_days", "week", "month", "season", "total")


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: GuardConfigEntry
) -> JsonObject:
    """Tell what is set, what is seen, what was counted, and how much of it is kept."""
    coordinator = entry.runtime_data
    settings = coordinator.guard_config.settings
    home = LocalTimeHomeUnits(settings.zone, REDACTED, hass.config.units.temperature_unit)
    ledger = await coordinator.persistence.async_full_ledger()
    now = dt_util.utcnow()
    season = days.bounds(now, settings.zone, settings.season_start_month).season
    wanted = ReportRequest(start=season, end=now, resolution=Resolution.SEASON, edges=home.edges)
    made = await hass.async_add_executor_job(build_report, ledger, wanted, settings)
    return {
        "entry": _entry(entry, home),
        "home": {"temperature_unit": home.temperature_unit, "recorder": is_available(hass)},
        "guarded": async_redact_data(to_json(coordinator.guard_config, home), TO_REDACT),
        "view": _view(coordinator.data, home),
        "alerts": _alerts(coordinator, home),
        "trace": _trace(coordinator, home),
        "figures": _figures(coordinator.data.figures, home),
        "history": _history(coordinator, ledger, home),
        "season": _season(made, home),
    }


class LocalTimeHomeUnits(HomeUnits):
    """A home whose times are those of its clock, without the distance to UTC."""

    __slots__ = ()

    def format_time(self, at: datetime | None) -> str | None:
        """Tell an instant as the clock at home shows it."""
        return None if at is None else wall_clock(at, self.zone).isoformat(timespec="seconds")


def to_json(value: Any, home: HomeUnits) -> Any:  # noqa: ANN401
    """Turn any value of the core into what JSON can hold: times by the home's clock, lengths of time in seconds, sets sorted."""
    if is_dataclass(value):
        inner = {field.name: to_json(getattr(value, field.name), home) for field in fields(value)}
        return {"type": type(value).__name__, **inner}
    match value:
        case Mapping():
            return {str(key): to_json(one, home) for key, one in value.items()}
        case AbstractSet():
            return sorted(to_json(one, home) for one in value)
        case list() | tuple():
            return [to_json(one, home) for one in value]
        case _:
            return _leaf_to_json(value, home)


def _leaf_to_json(value: Any, home: HomeUnits) -> Any:  # noqa: ANN401
    match value:
        case Enum():
            return value.value
        case datetime():
            return home.format_time(value)
        case timedelta():
            return value.total_seconds()
        case time():
            return value.isoformat()
        case tzinfo():
            return REDACTED
        case _:
            return value


def _entry(entry: GuardConfigEntry, home: HomeUnits) -> JsonObject:
    told = entry.as_dict()
    return {
        **{name: told[name] for name in ENTRY_KEYS},
        # They are made from what the user calls the thermostat, or from its serial number.
        "title": REDACTED,
        "unique_id": REDACTED,
        "created_at": home.format_time(entry.created_at),
        "modified_at": home.format_time(entry.modified_at),
        "options": redact_options(entry.options),
    }


def _view(view: View, home: HomeUnits) -> JsonObject:
    return {
        name: to_json(value, home)
        for name, value in (("heat", view.heat), ("evidence", view.evidence), ("run", view.run))
    }


def _alerts(coordinator: GuardCoordinator, home: HomeUnits) -> JsonObject:
    watch = coordinator.tracker
    counted = {
        "tally": to_json(watch.counters, home),
        "circumstances": to_json(watch.circumstances, home),
    }
    return {**to_json(coordinator.alerts, home), **counted}


def _trace(coordinator: GuardCoordinator, home: HomeUnits) -> list[JsonObject]:
    anonymizer = Anonymizer(home.zone)
    return [
        encode_trace_step(anonymizer.rewrite(step, step.context.at)) for step in coordinator.trace
    ]


def _figures(figures: UsageWindows, home: HomeUnits) -> JsonObject:
    windows: dict[str, Window] = {name: getattr(figures, name) for name in WINDOWS}
    shares = {
        name: {
            "coverage": to_percent(window.coverage),
            "heat_pump_coverage": to_percent(window.heat_pump_coverage),
        }
        for name, window in windows.items()
    }
    return {
        "today_at": home.format_time(figures.today_at),
        "rest_at": home.format_time(figures.others_at),
        **{name: {**to_json(window, home), **shares[name]} for name, window in windows.items()},
    }


def _history(coordinator: GuardCoordinator, ledger: Ledger, home: HomeUnits) -> JsonObject:
    at_hand = coordinator.ledger()
    return {
        "since": home.format_time(ledger.months[0].at),
        "first_point": home.format_time(ledger.points[0].at),
        "counted_up_to": home.format_time(ledger.at),
        "progress": coordinator.persistence.backfill.progress,
        "points": len(ledger.points),
        "points_at_hand": len(at_hand.points),
        "months": len(ledger.months),
        "runs": len(ledger.runs),
        "runs_at_hand": len(at_hand.runs),
    }


def _season(made: Report, home: HomeUnits) -> JsonObject:
    return {
        "total": export_row(made.total, home),
        "last_runs": [export_run(run, home) for run in made.runs[-MAX_RUNS:]],
        **export_bins(made, home),
    }
