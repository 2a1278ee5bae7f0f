"""The repair flow: replaces a source that no longer exists."""

from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers.selector import EntitySelector, EntitySelectorConfig
import probatio as vol

from .const import CONF_ENTITY_ID, CONF_THERMOSTAT
from .options.alerts import read_forecast_entity
from .options.references import with_entity
from .sources.registry import thermostat_unique_id
from .sources.suitability import (
    problem_with_entity,
    problem_with_forecast,
    problem_with_thermostat,
)


async def async_create_fix_flow(
    hass: HomeAssistant,  # noqa: ARG001
    issue_id: str,  # noqa: ARG001
    data: dict[str, Any] | None,
) -> RepairsFlow:
    """Return the flow that fixes a missing source."""
    return ReplaceSourceFlow(**(data or {}))


class ReplaceSourceFlow(RepairsFlow):
    """Asks for the entity that replaces a missing one."""

    def __init__(self, entry_id: str, entity_id: str) -> None:
        self._entry_id = entry_id
        self._missing_entity_id = entity_id

    async def async_step_init(self, _data: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Show the only page."""
        return await self.async_step_replace()

    async def async_step_replace(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask for the replacement, and change the options to it."""
        entry = self.hass.config_entries.async_get_known_entry(self._entry_id)
        errors = {}
        if user_input is not None:
            replacement = user_input[CONF_ENTITY_ID]
            error = self._problem_with_replacement(entry, replacement)
            if error is None:
                self._replace(entry, replacement)
                return self.async_create_entry(data={})
            errors[CONF_ENTITY_ID] = error
        selector = EntitySelector(
            EntitySelectorConfig(domain=split_entity_id(self._missing_entity_id)[0])
        )
        return self.async_show_form(
            step_id="replace",
            data_schema=vol.Schema({vol.Required(CONF_ENTITY_ID): selector}),
            description_placeholders={"name": entry.title, "entity": self._missing_entity_id},
            errors=errors,
        )

    def _problem_with_replacement(self, entry: ConfigEntry[Any], replacement: str) -> str | None:
        """Return why an entity cannot replace the missing one, as a translation key."""
        if self._missing_entity_id == entry.options[CONF_THERMOSTAT]:
            return problem_with_thermostat(self.hass, replacement, entry)
        if self._missing_entity_id == read_forecast_entity(entry.options):
            return problem_with_forecast(self.hass, replacement)
        return problem_with_entity(self.hass, replacement)

    def _replace(self, entry: ConfigEntry[Any], replacement: str) -> None:
        options = with_entity(entry.options, self._missing_entity_id, replacement)
        unique_id = thermostat_unique_id(self.hass, options[CONF_THERMOSTAT])
        self.hass.config_entries.async_update_entry(entry, options=options, unique_id=unique_id)
