"""The config flow, with one step: name, speed, and the staging of the strips."""

from typing import Any

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
)
import probatio as vol

from .const import CONF_SPEED, CONF_STAGING, DEFAULT_SPEED, DOMAIN, FASTEST, SLOWEST, Staging

_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_NAME, default="Lab thermostat"): TextSelector(),
        vol.Required(CONF_SPEED, default=DEFAULT_SPEED): NumberSelector(
            NumberSelectorConfig(min=SLOWEST, max=FASTEST, step=1, mode=NumberSelectorMode.BOX)
        ),
        vol.Required(CONF_STAGING, default=Staging.DROOP.value): SelectSelector(
            SelectSelectorConfig(
                options=[staging.value for staging in Staging], translation_key=CONF_STAGING
            )
        ),
    }
)


class LabConfigFlow(ConfigFlow, domain=DOMAIN):
    """Add a model home. There may be several."""

    VERSION = 1

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for all settings."""
        if user_input is None:
            return self.async_show_form(step_id="user", data_schema=_SCHEMA)
        return self.async_create_entry(title=user_input.pop(CONF_NAME), data=user_input)
