"""A clock that is set back loses no counted second, whenever the guard is reloaded later."""

from copy import deepcopy
from datetime import timedelta
from itertools import pairwise
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.core.persistence.history import decode_points
from tests.integration.history.test_restarts import stored_rows
from tests.integration.home import read_seconds, set_thermostat

pytestmark = pytest.mark.usefixtures("hass_storage")

HOUR = 3600


class StripsClock:
    """Lets hours of aux heat pass, and sets the clock back."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        self._hass = hass
        self._freezer = freezer
        self._room = 60

    async def run_strips(self, hours: float) -> None:
        """Let aux heat run, with a room reading each quarter of an hour."""
        for _ in range(int(hours * 4)):
            self._freezer.tick(timedelta(minutes=15))
            await self._report_room()

    async def set_back(self, hours: float) -> None:
        self._freezer.tick(timedelta(hours=-hours))
        await self._report_room()

    async def _report_room(self) -> None:
        self._room = 60 + (self._room - 59) % 10
        set_thermostat(
            self._hass,
            equipment_running="heatPump,auxHeat1",
            hvac_action="heating",
            current_temperature=self._room,
        )
        await self._hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
def clock(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> StripsClock:
    return StripsClock(hass, freezer)


@pytest.mark.parametrize(
    ("back", "more"),
    [(2, 5), (6, 5), (23, 30), (0.25, 0.25), (24 * 40, 5)],
    ids=["two hours", "six hours", "to before the archive", "a quarter of an hour", "weeks"],
)
async def test_counted_time_survives_a_reload(
    hass: HomeAssistant, guard: MockConfigEntry, clock: StripsClock, back: float, more: float
) -> None:
    await clock.set_back(0)
    await clock.run_strips(25)
    await clock.set_back(back)
    await clock.run_strips(more)
    before = read_seconds(hass, guard, "aux_runtime_season")

    await hass.config_entries.async_reload(guard.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert guard.runtime_data.ledger().totals.aux == pytest.approx((25 + more) * HOUR, abs=1)
    assert read_seconds(hass, guard, "aux_runtime_season") == pytest.approx(before, abs=1)
    history = await guard.runtime_data.persistence.async_full_ledger()
    assert history.totals.aux == pytest.approx((25 + more) * HOUR, abs=1)
    assert all(
        earlier.totals.aux <= later.totals.aux for earlier, later in pairwise(history.points)
    )


async def test_a_small_file_from_a_backup_costs_nothing_that_the_archive_has(
    hass: HomeAssistant, guard: MockConfigEntry, clock: StripsClock, hass_storage: dict[str, Any]
) -> None:
    key = f"{DOMAIN}.{guard.entry_id}"
    await clock.run_strips(2)
    await guard.runtime_data.persistence.store.async_save()
    backup = deepcopy(hass_storage[key])
    await clock.run_strips(30)
    await hass.config_entries.async_unload(guard.entry_id)
    archived = stored_rows(hass_storage, f"{guard.entry_id}.2026", "line")
    hass_storage[key] = backup

    await hass.config_entries.async_setup(guard.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)

    ledger = guard.runtime_data.ledger()
    assert len(archived) > 20
    assert ledger.totals.aux == pytest.approx(decode_points(archived)[-1].totals.aux, abs=1)
    assert ledger.totals.aux > 20 * HOUR
    assert len(ledger.months) == 1
