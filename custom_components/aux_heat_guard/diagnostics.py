"""The diagnostics file of a guard, without secrets, names or the place of the home.

Entity ids stay, because they name the sources of a guard. So does the home's unit of temperature,
which all figures use. The file leaves out all actions, phones, names that the user gave,
coordinates, the currency and the time zone (see `reporting.anonymizer`).
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
"""The keys to redact in the guard's configuration. The anonymizer redacts the options."""

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
"""The number of last runs in the file. A cold week has as many."""

WINDOWS = ("today", "day", "seven_days", "week", "month", "season", "total")


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: GuardConfigEntry
) -> JsonObject:
    """Return the settings, the current view, the counted history and the trace of a guard."""
    coordinator = entry.runtime_data
    settings = coordinator.guard_config.settings
    home = LocalTimeHomeUnits(settings.zone, REDACTED, hass.config.units.temperature_unit)
    ledger = await coordinator.persistence.async_full_ledger()
    now = dt_util.utcnow()
    season = days.bounds(now, settings.zone, settings.season_start_month).season
    request = ReportRequest(start=season, end=now, resolution=Resolution.SEASON, edges=home.edges)
    report = await hass.async_add_executor_job(build_report, ledger, request, settings)
    return {
        "entry": _entry(entry, home),
        "home": {"temperature_unit": home.temperature_unit, "recorder": is_available(hass)},
        "guarded": async_redact_data(to_json(coordinator.guard_config, home), TO_REDACT),
        "view": _view(coordinator.data, home),
        "alerts": _alerts(coordinator, home),
        "trace": _trace(coordinator, home),
        "figures": _figures(coordinator.data.figures, home),
        "history": _history(coordinator, ledger, home),
        "season": _season(report, home),
    }


class LocalTimeHomeUnits(HomeUnits):
    """A home whose times are those of its clock, without the offset to UTC."""

    __slots__ = ()

    def format_time(self, at: datetime | None) -> str | None:
        """Return an instant as the clock at home shows it."""
        return None if at is None else wall_clock(at, self.zone).isoformat(timespec="seconds")


def to_json(value: Any, home: HomeUnits) -> Any:  # noqa: ANN401
    """Return a value of the core as JSON: times by the home's clock, durations in seconds."""
    if is_dataclass(value):
        members = {field.name: to_json(getattr(value, field.name), home) for field in fields(value)}
        return {"type": type(value).__name__, **members}
    match value:
        case Mapping():
            return {str(key): to_json(item, home) for key, item in value.items()}
        case AbstractSet():
            return sorted(to_json(item, home) for item in value)
        case list() | tuple():
            return [to_json(item, home) for item in value]
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
    values = entry.as_dict()
    return {
        **{name: values[name] for name in ENTRY_KEYS},
        # Both may contain the name or the serial number of the thermostat.
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
    tracker = coordinator.tracker
    return {
        **to_json(coordinator.alerts, home),
        "tally": to_json(tracker.counters, home),
        "circumstances": to_json(tracker.circumstances, home),
    }


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
    recent = coordinator.ledger()
    return {
        "since": home.format_time(ledger.months[0].at),
        "first_point": home.format_time(ledger.points[0].at),
        "counted_up_to": home.format_time(ledger.at),
        "progress": coordinator.persistence.backfill.progress,
        "points": len(ledger.points),
        "points_at_hand": len(recent.points),
        "months": len(ledger.months),
        "runs": len(ledger.runs),
        "runs_at_hand": len(recent.runs),
    }


def _season(report: Report, home: HomeUnits) -> JsonObject:
    return {
        "total": export_row(report.total, home),
        "last_runs": [export_run(run, home) for run in report.runs[-MAX_RUNS:]],
        **export_bins(report, home),
    }
