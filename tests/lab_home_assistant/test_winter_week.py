"""In a winter week, Home Assistant writes the core's setpoints, and the strips stay off."""

from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.climate.const import DOMAIN as CLIMATE_DOMAIN
from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.core import Event, HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.aux_heat_guard.core import engine
from custom_components.aux_heat_guard.core.model import Mode, Observation
from custom_components.aux_heat_guard.sources.observe import SourceSnapshot
from custom_components.aux_heat_guard.sources.observe import observe as original_observe
from lab.heat_pump import Defrost, Equipment, HeatPump
from lab.home import Home
from lab.policies import ConstantSetpoint, Policy, Schedule, ScheduledSetpoint
from lab.trial import Trial, simulate
from lab.weather import DAY_S, WinterDay, outdoor_c, sun_w_per_m2
from lab.winter import Winter

from .home import THERMOSTAT, DeveloperHome

DAYS = 7
MINUTE = timedelta(minutes=1)
TICK_SPEED = 6
"""The speed of the lab. A tick counts at most 10 s, so at speed 6 a tick is a minute."""
WEEK = {
    day: [{"from": "06:00:00", "to": "22:00:00"}]
    for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
}
DAY = WinterDay()


def unguarded_kwh(policy: Policy) -> float:
    """Return the aux heat of the same week without a guard, in kWh."""
    hours = [3600.0 * hour for hour in range(24 * DAYS)]
    outdoors = tuple(outdoor_c(DAY, at % DAY_S) for at in hours)
    winter = Winter(
        begin=datetime(2027, 1, 18, tzinfo=UTC),
        outdoor_c=outdoors,
        sun_w_per_m2=tuple(sun_w_per_m2(DAY, at % DAY_S) for at in hours),
    )
    # With a defrost board, as the lab's thermostat has: no setpoint keeps the strips off during a
    # defrost.
    home = Home(equipment=Equipment(pump=HeatPump(defrost=Defrost())))
    return simulate(Trial(winter=winter, home=home), policy).aux_kwh


@pytest.mark.parametrize("expected_lingering_timers", [True])
@pytest.mark.timeout(300)
async def test_a_winter_week(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hass.config.async_set_time_zone("UTC")
    hass.config.units = US_CUSTOMARY_SYSTEM
    freezer.move_to("2027-01-18 00:00:00")
    assert await async_setup_component(
        hass, "schedule", {"schedule": {"heating": {"name": "Heating", **WEEK}}}
    )
    home = DeveloperHome(hass, freezer)
    await home.set_up()
    await home.set_number("speed", TICK_SPEED)
    options = {
        **home.guard.options,
        "protection": {"mode": Mode.PROTECT.value, "schedule": "schedule.heating"},
    }
    hass.config_entries.async_update_entry(home.guard, options=options)
    await hass.async_block_till_done()
    guard = home.guard.runtime_data
    state, observations = guard.engine_state, list[Observation]()

    def record_snapshot(*arguments: Any) -> SourceSnapshot:
        snapshot = original_observe(*arguments)
        observations.append(snapshot.observation)
        return snapshot

    monkeypatch.setattr("custom_components.aux_heat_guard.coordinator.observe", record_snapshot)
    calls: list[Event] = async_capture_events(hass, EVENT_CALL_SERVICE)

    for _ in range(DAYS * 24 * 60):
        freezer.tick(MINUTE)
        async_fire_time_changed(hass)
        await hass.async_block_till_done()

    written = [
        (call.time_fired, call.data["service_data"]["temperature"])
        for call in calls
        if call.data["domain"] == CLIMATE_DOMAIN
    ]
    alone: list[tuple[datetime, float]] = []
    for observation in observations:
        step = engine.step(state, observation, guard.guard_config.settings)
        state = step.state
        if step.command is not None:
            alone.append((observation.at, round(step.command.setpoint * 1.8 + 32, 2)))
    assert [value for _, value in written] == [value for _, value in alone]
    assert all(abs(at - then) < MINUTE for (at, _), (then, _) in zip(written, alone, strict=True))
    assert 2 * DAYS < len(written) < 40 * DAYS
    assert state.protection == guard.engine_state.protection
    assert dt_util.utcnow() == datetime(2027, 1, 25, tzinfo=UTC)

    aux_kwh = 10 * guard.data.figures.total.totals.aux / 3600
    # At a constant 70 the strips run for defrosts only. The plain schedule also calls for them
    # each morning.
    assert aux_kwh <= unguarded_kwh(ConstantSetpoint(Schedule()))
    assert aux_kwh < 0.6 * unguarded_kwh(ScheduledSetpoint(Schedule()))
    assert home.attribute(THERMOSTAT, "current_temperature") >= 61
