"""Estimates once a day from the season's history whether the heat pump is undersized.

The estimate needs the whole history, so it is made outside of the event loop.
"""

from datetime import datetime, timedelta

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_change
from homeassistant.util import dt as dt_util

from ..coordinator import GuardConfigEntry
from ..core.account.ledger import Ledger
from ..core.alerts.rules import RULES
from ..core.alerts.sizing import season_sizing
from ..core.model import Alert

MIN_HISTORY = timedelta(days=RULES[Alert.UNDERSIZED].thresholds["days"].minimum)

MINUTE_OF_DAY = 5
"""A little after midnight, when the day before is complete."""


@callback
def async_setup_sizing(hass: HomeAssistant, entry: GuardConfigEntry) -> None:
    """Estimate the size of the heat pump after each backfill and each midnight."""
    coordinator = entry.runtime_data

    async def estimate(_now: datetime | None = None) -> None:
        if coordinator.ledger().months[0].at > dt_util.utcnow() - MIN_HISTORY:
            # The history is too short for an estimate.
            return
        ledger = await coordinator.persistence.async_full_ledger()
        sizing = await hass.async_add_executor_job(
            season_sizing, ledger, dt_util.utcnow(), coordinator.guard_config.settings
        )
        coordinator.async_update_sizing(sizing)

    @callback
    def handle_history_change(_ledger: Ledger, _since: datetime) -> None:
        entry.async_create_background_task(hass, estimate(), f"{entry.title} season")

    entry.async_on_unload(
        coordinator.persistence.backfill.async_add_listener(handle_history_change)
    )
    entry.async_on_unload(
        async_track_time_change(hass, estimate, hour=0, minute=MINUTE_OF_DAY, second=0)
    )
