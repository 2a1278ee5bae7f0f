"""Looks once a day at what the season tells of the heat pump's size: that takes the whole history, so it is done beside the loop."""

from datetime import datetime, timedelta

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_change
from homeassistant.util import dt as dt_util

from ..coordinator import GuardConfigEntry
from ..core.account.ledger import Ledger
from ..core.alerts.sizing import season_sizing
from ..core.model import Alert
from ..core.settings.alerts import THRESHOLDS

MIN_HISTORY = timedelta(days=THRESHOLDS[Alert.UNDERSIZED]["days"].minimum)

MINUTE_OF_DAY = 5
"""A little after midnight: the day that is over is then counted."""


@callback
def async_setup_sizing(hass: HomeAssistant, entry: GuardConfigEntry) -> None:
    """Look at the season whenever the history was filled in, and after each midnight."""
    coordinator = entry.runtime_data

    async def look(_now: datetime | None = None) -> None:
        if coordinator.ledger().months[0].at > dt_util.utcnow() - MIN_HISTORY:
            # Too little to tell anything, and nothing to read.
            return
        ledger = await coordinator.persistence.async_full_ledger()
        found = await hass.async_add_executor_job(
            season_sizing, ledger, dt_util.utcnow(), coordinator.guard_config.settings
        )
        coordinator.async_update_sizing(found)

    @callback
    def history_changed(_ledger: Ledger, _since: datetime) -> None:
        entry.async_create_background_task(hass, look(), f"{entry.title} season")

    entry.async_on_unload(coordinator.persistence.backfill.async_add_listener(history_changed))
    entry.async_on_unload(
        async_track_time_change(hass, look, hour=0, minute=MINUTE_OF_DAY, second=0)
    )
