"""What is only proposed, in a real Home Assistant, and the tap that does it."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service

from custom_components.aux_heat_guard.options import INFERENCE
from custom_components.aux_heat_guard.replies import EVENT_REPLY
from tests.integration.conftest import Wait
from tests.integration.home import add_guard, shown
from tests.integration.protection import ALONE, HOUR, MINUTE, Setpoints, weather
from tests.integration.thermostats import OUTDOOR, SOURCE, RealThermostat


class TestAdvice:
    @pytest.fixture(autouse=True)
    def _quiet(self, hass: HomeAssistant) -> None:
        self.phone = async_mock_service(hass, "notify", "mobile_app_phone")

    async def advised(self, hass: HomeAssistant) -> MockConfigEntry:
        """Guard it, with advice to a phone."""
        outdoor = {"entity_id": OUTDOOR, "attribute": None}
        protection = {"mode": "advise", **ALONE}
        notify = {"phones": ["mobile_app_phone"]}
        return await add_guard(hass, SOURCE, signals=[dict(INFERENCE)], outdoor=outdoor, protection=protection, notify=notify)

    async def test_one_tap_does_what_is_proposed(
        self, hass: HomeAssistant, thermostat: RealThermostat, told: Setpoints, wait: Wait
    ) -> None:
        entry = await self.advised(hass)
        weather(hass, 20)
        await wait(45 * MINUTE)

        (notice,) = self.phone
        assert notice.data["title"] == "It is cold: 70 °F would spare AUX"
        assert "74 °F" in notice.data["message"]
        actions = {button["title"]: button["action"] for button in notice.data["data"]["actions"]}
        assert list(actions) == ["Set 70°", "Snooze 24 h", "Open"]
        assert thermostat.calls == []
        hass.bus.async_fire(EVENT_REPLY, {"action": actions["Set 70°"]})
        await hass.async_block_till_done()
        await wait(20 * MINUTE)

        assert told() == [70]
        assert self.phone[-1].data["message"] == "clear_notification"
        assert shown(hass, entry, "thermostat").attributes["temperature"] == 70
        assert shown(hass, entry, "limit").state == "none"

    async def test_what_is_done_already_is_not_proposed(self, hass: HomeAssistant, thermostat: RealThermostat, wait: Wait) -> None:
        await self.advised(hass)
        thermostat.say(target_temperature=69)
        weather(hass, 20)
        await wait(2 * HOUR)

        assert self.phone == []

    @pytest.mark.parametrize("error", [HomeAssistantError("The radio is silent"), ConnectionError("The radio is silent")])
    async def test_a_thermostat_that_refuses_is_told_of(
        self, hass: HomeAssistant, thermostat: RealThermostat, wait: Wait, caplog: pytest.LogCaptureFixture, error: Exception
    ) -> None:
        await self.advised(hass)
        weather(hass, 20)
        await wait(45 * MINUTE)
        thermostat.error = error
        action = next(button["action"] for button in self.phone[0].data["data"]["actions"] if button["title"].startswith("Set"))
        hass.bus.async_fire(EVENT_REPLY, {"action": action})
        await hass.async_block_till_done()

        assert "the setpoint could not be set: The radio is silent" in caplog.text
