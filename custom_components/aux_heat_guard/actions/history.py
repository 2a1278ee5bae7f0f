"""The actions: a report of any period, and counting anew from what the recorder has."""

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
from ..core.account.reports import Resolution, Wanted, report
from ..core.settings.guard import Settings
from ..history.backfill import HistoryBusyError
from ..history.recorder_reader import UnreadableError, is_available
from ..history.store import UnwrittenError
from ..reporting.export import Home, Plain, csv_of, home_of, plain_report
from .targets import async_named, named

GET_REPORT = "get_report"
REBUILD_HISTORY = "rebuild_history"

ATTR_START = "start"
ATTR_END = "end"
ATTR_RESOLUTION = "resolution"
ATTR_FORMAT = "format"
VALUES = "values"
CSV = "csv"
FORMATS = (VALUES, CSV)

MOST_HOURS = timedelta(days=2 * 366)
"""The rows of two years by hours are 10 MB; more would hold up whoever asked for them."""


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
def async_register(hass: HomeAssistant) -> None:
    """Register the actions; they answer for any guard that is set up."""
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
    coordinator = await async_named(call, POLICY_READ)
    settings = coordinator.guarded.settings
    asked = _Asked(
        _wanted(call, settings), call.data[ATTR_FORMAT], home_of(call.hass, settings.zone)
    )
    ledger = await coordinator.async_history()
    return await call.hass.async_add_executor_job(asked.answer, ledger, settings)


async def _async_rebuild_history(call: ServiceCall) -> ServiceResponse:
    coordinator = named(call)
    if not is_available(call.hass):
        raise _refused("no_recorder")
    try:
        since = await coordinator.async_rebuild()
    except HistoryBusyError as error:
        raise _refused("history_busy", name=coordinator.name) from error
    except (UnreadableError, UnwrittenError) as error:
        raise _refused("recorder_unreadable", problem=str(error)) from error
    return (
        {"since": home_of(call.hass, coordinator.guarded.settings.zone).time(since)}
        if call.return_response
        else None
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for, and how."""

    wanted: Wanted
    format: str
    home: Home

    def answer(self, ledger: Ledger, settings: Settings) -> Plain:
        """Make the report. Takes some tenths of a second for a year by hours."""
        made = report(ledger, self.wanted, settings)
        if self.format == CSV:
            return {CSV: csv_of(made.rows, self.home)}
        return {ATTR_RESOLUTION: self.wanted.resolution.value, **plain_report(made, self.home)}


def _wanted(call: ServiceCall, settings: Settings) -> Wanted:
    """Find the period; what is not said makes it the heating season up to now."""
    end = _instant(call, ATTR_END) or dt_util.utcnow()
    start = _instant(call, ATTR_START) or _season_start(end, settings)
    resolution = call.data[ATTR_RESOLUTION]
    if start >= end:
        raise _invalid("period_empty")
    if resolution is Resolution.HOUR and end - start > MOST_HOURS:
        raise _invalid("period_too_long", days=str(MOST_HOURS.days))
    return Wanted(start, end, resolution, home_of(call.hass, settings.zone).edges)


def _season_start(at: datetime, settings: Settings) -> datetime:
    """Return the start of a heating season. Raises ServiceValidationError if it lies before the calendar begins."""
    try:
        return days.bounds(at, settings.zone, settings.season_start_month).season
    except (ValueError, OverflowError) as error:
        raise _invalid("no_such_time") from error


def _instant(call: ServiceCall, field: str) -> datetime | None:
    """Return an instant of a call in UTC; one that names no zone is of the clock at home.

    Raises ServiceValidationError if there is no such time.
    """
    at: datetime | None = call.data.get(field)
    try:
        return None if at is None else dt_util.as_utc(at)
    except OverflowError as error:
        raise _invalid("no_such_time") from error


def _invalid(key: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )


def _refused(key: str, **placeholders: str) -> HomeAssistantError:
    return HomeAssistantError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )
