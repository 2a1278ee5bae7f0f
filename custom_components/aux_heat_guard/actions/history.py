"""The history actions: report any period, and rebuild the history from the recorder."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service
from homeassistant.util import dt as dt_util
import probatio as vol

from ..const import DOMAIN
from ..core.account import days
from ..core.account.ledger import Ledger
from ..core.account.reports import ReportRequest, Resolution, build_report
from ..core.settings.guard import Settings
from ..history.backfill import HistoryBusyError
from ..history.recorder_reader import RecorderReadError, is_available
from ..history.store import ArchiveWriteError
from ..reporting.export import HomeUnits, JsonObject, export_csv, export_report, get_home_units
from .targets import async_get_permitted_coordinator, get_coordinator

GET_REPORT = "get_report"
REBUILD_HISTORY = "rebuild_history"

ATTR_START = "start"
ATTR_END = "end"
ATTR_RESOLUTION = "resolution"
ATTR_FORMAT = "format"
VALUES = "values"
CSV = "csv"
FORMATS = (VALUES, CSV)

MAX_HOURLY_PERIOD = timedelta(days=2 * 366)
"""The most rows in a report. Two years of hourly rows are 10 MB; more take too long."""


REBUILD_HISTORY_SCHEMA = vol.Schema({vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string})
GET_REPORT_SCHEMA = REBUILD_HISTORY_SCHEMA.extend(
    {
        vol.Optional(ATTR_START): cv.datetime,
        vol.Optional(ATTR_END): cv.datetime,
        vol.Optional(ATTR_RESOLUTION, default=Resolution.DAY.value): vol.Coerce(Resolution),
        vol.Optional(ATTR_FORMAT, default=VALUES): vol.In(FORMATS),
    }
)


@callback
def async_register_history_actions(hass: HomeAssistant) -> None:
    """Register the actions; they work for all guards that are set up."""
    hass.services.async_register(
        DOMAIN, GET_REPORT, _async_get_report, GET_REPORT_SCHEMA, SupportsResponse.ONLY
    )
    async_register_admin_service(
        hass,
        DOMAIN,
        REBUILD_HISTORY,
        _async_rebuild_history,
        REBUILD_HISTORY_SCHEMA,
        SupportsResponse.OPTIONAL,
    )


async def _async_get_report(call: ServiceCall) -> ServiceResponse:
    coordinator = await async_get_permitted_coordinator(call, POLICY_READ)
    settings = coordinator.guard_config.settings
    query = _ReportQuery(
        _read_report_request(call, settings),
        call.data[ATTR_FORMAT],
        get_home_units(call.hass, settings.zone),
    )
    ledger = await coordinator.persistence.async_full_ledger()
    return await call.hass.async_add_executor_job(query.build, ledger, settings)


async def _async_rebuild_history(call: ServiceCall) -> ServiceResponse:
    coordinator = get_coordinator(call)
    if not is_available(call.hass):
        raise _action_error("no_recorder")
    try:
        since = await coordinator.persistence.async_rebuild()
    except HistoryBusyError as error:
        raise _action_error("history_busy", name=coordinator.name) from error
    except (RecorderReadError, ArchiveWriteError) as error:
        raise _action_error("recorder_unreadable", problem=str(error)) from error
    return (
        {
            "since": get_home_units(call.hass, coordinator.guard_config.settings.zone).format_time(
                since
            )
        }
        if call.return_response
        else None
    )


@dataclass(frozen=True, slots=True)
class _ReportQuery:
    """A requested report, and its format."""

    request: ReportRequest
    format: str
    home: HomeUnits

    def build(self, ledger: Ledger, settings: Settings) -> JsonObject:
        """Return the report. A year by hours takes some tenths of a second."""
        report = build_report(ledger, self.request, settings)
        if self.format == CSV:
            return {CSV: export_csv(report.rows, self.home)}
        return {ATTR_RESOLUTION: self.request.resolution.value, **export_report(report, self.home)}


def _read_report_request(call: ServiceCall, settings: Settings) -> ReportRequest:
    """Return the requested period; by default the heating season up to now."""
    end = _read_time(call, ATTR_END) or dt_util.utcnow()
    start = _read_time(call, ATTR_START) or _season_start(end, settings)
    resolution = call.data[ATTR_RESOLUTION]
    if start >= end:
        raise _validation_error("period_empty")
    if resolution is Resolution.HOUR and end - start > MAX_HOURLY_PERIOD:
        raise _validation_error("period_too_long", days=str(MAX_HOURLY_PERIOD.days))
    return ReportRequest(
        start=start,
        end=end,
        resolution=resolution,
        edges=get_home_units(call.hass, settings.zone).edges,
    )


def _season_start(at: datetime, settings: Settings) -> datetime:
    """Return the start of a heating season.

    Raises ServiceValidationError if it lies before the calendar begins.
    """
    try:
        return days.bounds(at, settings.zone, settings.season_start_month).season
    except (ValueError, OverflowError) as error:
        raise _validation_error("no_such_time") from error


def _read_time(call: ServiceCall, field: str) -> datetime | None:
    """Return an instant of a call in UTC; without a time zone it is local time.

    Raises ServiceValidationError if there is no such time.
    """
    at: datetime | None = call.data.get(field)
    try:
        return None if at is None else dt_util.as_utc(at)
    except OverflowError as error:
        raise _validation_error("no_such_time") from error


def _validation_error(key: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )


def _action_error(key: str, **placeholders: str) -> HomeAssistantError:
    return HomeAssistantError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )
