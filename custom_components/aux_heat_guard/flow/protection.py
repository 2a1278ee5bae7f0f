"""The questions about protection; only the options ask them."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.schedule import DOMAIN as SCHEDULE_DOMAIN
from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.helpers.selector import (
    ActionSelector,
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import probatio as vol

from ..control.switchover import supports_value
from ..core.model import Mode, SwitchoverKind
from ..core.settings.protection import PROTECTION_NUMBERS
from ..options.protection import (
    CONF_MODE,
    CONF_OWN_SCHEDULE,
    CONF_RESUME,
    CONF_SCHEDULE,
    parse_switch_value,
    read_figures,
    read_mode,
    read_protection_options,
    read_protection_settings,
    read_resume_actions,
    read_schedule,
    with_protection,
)
from ..sources.suitability import problem_with_entity
from ..sources.units import from_home_unit, to_home_unit
from .schemas import figure_field

SWITCHABLE_DOMAINS = ("switch", "input_boolean", "select", "input_select", "number", "input_number")
SCHEDULE_FIGURES = ("comfort", "setback")
LIMIT_FIGURES = (
    "comfort_floor",
    "cap_cold_outdoor",
    "cap_cold",
    "cap_mild_outdoor",
    "cap_mild",
    "leash",
)
THERMOSTAT_FIGURES = ("differential", "droop", "rate")


class ProtectSteps(OptionsFlow):
    """Asks how setpoints are limited."""

    draft: dict[str, Any]

    async def async_step_protection(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what may be done, and what is wanted when."""
        errors = {}
        if user_input is not None:
            chosen = {
                CONF_SCHEDULE: None,
                CONF_RESUME: None,
                **user_input,
                **self._convert_figures(user_input, SCHEDULE_FIGURES),
            }
            if chosen["setback"] <= chosen["comfort"]:
                return self.async_create_entry(data=with_protection(self.draft, **chosen))
            errors["setback"] = "setback_above_comfort"
        scheduled = read_schedule(self.draft)
        modes = SelectSelectorConfig(
            options=[*Mode], translation_key=CONF_MODE, mode=SelectSelectorMode.LIST
        )
        resume = [dict(action) for action in read_resume_actions(self.draft)]
        suggested = {
            CONF_SCHEDULE: None if scheduled is None else scheduled.entity_id,
            CONF_RESUME: resume or None,
        }
        schema = vol.Schema(
            {
                vol.Required(CONF_MODE, default=read_mode(self.draft).value): SelectSelector(modes),
                vol.Optional(CONF_SCHEDULE): EntitySelector(
                    EntitySelectorConfig(domain=SCHEDULE_DOMAIN)
                ),
                **self._figure_fields(SCHEDULE_FIGURES),
                vol.Optional(CONF_RESUME): ActionSelector(),
                vol.Required(
                    CONF_OWN_SCHEDULE, default=read_protection_settings(self.draft).has_own_schedule
                ): BooleanSelector(),
            }
        )
        form = self.add_suggested_values_to_schema(schema, user_input or suggested)
        return self.async_show_form(step_id="protection", data_schema=form, errors=errors)

    async def async_step_limits(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the figures of the limits."""
        errors = {}
        if user_input is not None:
            chosen = self._convert_figures(user_input, (*LIMIT_FIGURES, *THERMOSTAT_FIGURES))
            errors = _contradictions(chosen)
            if not errors:
                return self.async_create_entry(data=with_protection(self.draft, **chosen))
        schema = vol.Schema(self._figure_fields((*LIMIT_FIGURES, *THERMOSTAT_FIGURES)))
        return self.async_show_form(
            step_id="limits",
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            errors=errors,
        )

    async def async_step_furnace(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what makes the furnace take over."""
        return self._ask_switch(SwitchoverKind.FURNACE, "furnace_below", user_input)

    async def async_step_lockout(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what locks AUX out."""
        return self._ask_switch(SwitchoverKind.AUX_LOCKOUT, "lockout_above", user_input)

    def _ask_switch(
        self, switch: SwitchoverKind, figure: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        names = {name: f"{switch}_{name}" for name in ("on", "entity", "value", "actions", "back")}
        errors = {}
        if user_input is not None:
            errors = self._switch_errors(names, user_input) if user_input[names["on"]] else {}
            if not errors:
                nothing = dict.fromkeys(names.values())
                return self.async_create_entry(
                    data=with_protection(
                        self.draft,
                        **{**nothing, **user_input, **self._convert_figures(user_input, (figure,))},
                    )
                )
        schema = vol.Schema(
            {
                vol.Required(names["on"], default=False): BooleanSelector(),
                **self._figure_fields((figure,)),
                vol.Optional(names["entity"]): EntitySelector(
                    EntitySelectorConfig(domain=[*SWITCHABLE_DOMAINS])
                ),
                vol.Optional(names["value"]): TextSelector(),
                vol.Optional(names["actions"]): ActionSelector(),
                vol.Optional(names["back"]): ActionSelector(),
            }
        )
        known = user_input or {
            name: value
            for name, value in read_protection_options(self.draft).items()
            if name in names.values()
        }
        form = self.add_suggested_values_to_schema(schema, known)
        return self.async_show_form(step_id=switch.value, data_schema=form, errors=errors)

    def _figure_fields(self, names: tuple[str, ...]) -> dict[Any, Any]:
        unit, figures = self.hass.config.units.temperature_unit, read_figures(self.draft)
        return {
            vol.Required(
                name, default=to_home_unit(PROTECTION_NUMBERS[name], figures[name], unit)
            ): figure_field(PROTECTION_NUMBERS[name], unit)
            for name in names
        }

    def _convert_figures(
        self, user_input: dict[str, Any], names: tuple[str, ...]
    ) -> dict[str, float]:
        unit = self.hass.config.units.temperature_unit
        return {
            name: from_home_unit(PROTECTION_NUMBERS[name], user_input[name], unit) for name in names
        }

    def _switch_errors(
        self, names: Mapping[str, str], user_input: dict[str, Any]
    ) -> dict[str, str]:
        """Tell what cannot be switched."""
        entity_id = user_input.get(names["entity"])
        if not entity_id:
            return {} if user_input.get(names["actions"]) else {"base": "nothing_to_switch"}
        problem = problem_with_entity(self.hass, entity_id)
        if problem is not None:
            return {names["entity"]: problem}
        state = self.hass.states.get(entity_id)
        fits = state is not None and supports_value(
            state, parse_switch_value(user_input.get(names["value"]))
        )
        return {} if fits else {names["value"]: "value_unfit"}


def _contradictions(figures: Mapping[str, float]) -> dict[str, str]:
    """Tell which figures say the opposite of others."""
    errors = {}
    if figures["cap_cold_outdoor"] >= figures["cap_mild_outdoor"]:
        errors["cap_mild_outdoor"] = "cap_upside_down"
    if figures["cap_cold"] > figures["cap_mild"]:
        errors["cap_mild"] = "cap_upside_down"
    if figures["differential"] >= figures["droop"]:
        errors["droop"] = "droop_too_small"
    return errors
