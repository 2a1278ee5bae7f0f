"""Looks once a day at what the season tells of the heat pump's size: that takes the whole history, so it is done beside the loop."""

from datetime import datetime, timedelta

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_change
from homeassistant.util import dt as dt_util

from ..coordinator import GuardConfigEntry
from ..core.account.ledger import Ledger
from ..core.alerts.sizing import sized
from ..core.model import Alert
from ..core.settings.alerts import FIGURES

LEAST = timedelta(days=FIGURES[Alert.UNDERSIZED]["days"].minimum)

MINUTE_OF_DAY = 5
"""A little after midnight: the day that is over is then counted."""


@callback
def async_keep_sizing(hass: HomeAssistant, entry: GuardConfigEntry) -> None:
    """Look at the season whenever the history was filled in, and after each midnight."""
    coordinator = entry.runtime_data

    async def look(_now: datetime | None = None) -> None:
        if coordinator.ledger().months[0].at > dt_util.utcnow() - LEAST:
            # Too little to tell anything, and nothing to read.
            return
        ledger = await coordinator.async_history()
        found = await hass.async_add_executor_job(
            sized, ledger, dt_util.utcnow(), coordinator.guarded.settings
        )
        coordinator.async_take_sizing(found)

    @callback
    def history_changed(_ledger: Ledger, _since: datetime) -> None:
        entry.async_create_background_task(hass, look(), f"{entry.title} season")

    entry.async_on_unload(coordinator.recall.async_listen(history_changed))
    entry.async_on_unload(
        async_track_time_change(hass, look, hour=0, minute=MINUTE_OF_DAY, second=0)
    )
