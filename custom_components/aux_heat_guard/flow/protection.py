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

from ..control.switchover import can_be
from ..core.model import Mode, Switch
from ..core.settings.protection import FIGURES
from ..options.protection import (
    CONF_MODE,
    CONF_OWN_SCHEDULE,
    CONF_RESUME,
    CONF_SCHEDULE,
    chosen_from,
    figures_from,
    mode_from,
    protection_from,
    resume_from,
    schedule_from,
    switched_value,
    with_protection,
)
from ..sources.suitability import problem_with_sign
from ..sources.units import kept, shown
from .schemas import figure_field

SWITCHABLE = ("switch", "input_boolean", "select", "input_select", "number", "input_number")
WANTED = ("comfort", "setback")
LIMITS = ("comfort_floor", "cap_cold_outdoor", "cap_cold", "cap_mild_outdoor", "cap_mild", "leash")
OF_THERMOSTAT = ("differential", "droop", "rate")


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
                **self._kept(user_input, WANTED),
            }
            if chosen["setback"] <= chosen["comfort"]:
                return self.async_create_entry(data=with_protection(self.draft, **chosen))
            errors["setback"] = "setback_above_comfort"
        scheduled = schedule_from(self.draft)
        modes = SelectSelectorConfig(
            options=[*Mode], translation_key=CONF_MODE, mode=SelectSelectorMode.LIST
        )
        resume = [dict(action) for action in resume_from(self.draft)]
        suggested = {
            CONF_SCHEDULE: None if scheduled is None else scheduled.entity_id,
            CONF_RESUME: resume or None,
        }
        schema = vol.Schema(
            {
                vol.Required(CONF_MODE, default=mode_from(self.draft).value): SelectSelector(modes),
                vol.Optional(CONF_SCHEDULE): EntitySelector(
                    EntitySelectorConfig(domain=SCHEDULE_DOMAIN)
                ),
                **self._fields(WANTED),
                vol.Optional(CONF_RESUME): ActionSelector(),
                vol.Required(
                    CONF_OWN_SCHEDULE, default=protection_from(self.draft).own_schedule
                ): BooleanSelector(),
            }
        )
        form = self.add_suggested_values_to_schema(schema, user_input or suggested)
        return self.async_show_form(step_id="protection", data_schema=form, errors=errors)

    async def async_step_limits(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the figures of the limits."""
        errors = {}
        if user_input is not None:
            chosen = self._kept(user_input, (*LIMITS, *OF_THERMOSTAT))
            errors = _contradictions(chosen)
            if not errors:
                return self.async_create_entry(data=with_protection(self.draft, **chosen))
        schema = vol.Schema(self._fields((*LIMITS, *OF_THERMOSTAT)))
        return self.async_show_form(
            step_id="limits",
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            errors=errors,
        )

    async def async_step_furnace(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what makes the furnace take over."""
        return self._ask_switch(Switch.FURNACE, "furnace_below", user_input)

    async def async_step_lockout(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what locks AUX out."""
        return self._ask_switch(Switch.LOCKOUT, "lockout_above", user_input)

    def _ask_switch(
        self, switch: Switch, figure: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        names = {name: f"{switch}_{name}" for name in ("on", "entity", "value", "actions", "back")}
        errors = {}
        if user_input is not None:
            errors = self._unfit(names, user_input) if user_input[names["on"]] else {}
            if not errors:
                nothing = dict.fromkeys(names.values())
                return self.async_create_entry(
                    data=with_protection(
                        self.draft, **{**nothing, **user_input, **self._kept(user_input, (figure,))}
                    )
                )
        schema = vol.Schema(
            {
                vol.Required(names["on"], default=False): BooleanSelector(),
                **self._fields((figure,)),
                vol.Optional(names["entity"]): EntitySelector(
                    EntitySelectorConfig(domain=[*SWITCHABLE])
                ),
                vol.Optional(names["value"]): TextSelector(),
                vol.Optional(names["actions"]): ActionSelector(),
                vol.Optional(names["back"]): ActionSelector(),
            }
        )
        known = user_input or {
            name: value for name, value in chosen_from(self.draft).items() if name in names.values()
        }
        form = self.add_suggested_values_to_schema(schema, known)
        return self.async_show_form(step_id=switch.value, data_schema=form, errors=errors)

    def _fields(self, names: tuple[str, ...]) -> dict[Any, Any]:
        unit, figures = self.hass.config.units.temperature_unit, figures_from(self.draft)
        return {
            vol.Required(name, default=shown(FIGURES[name], figures[name], unit)): figure_field(
                FIGURES[name], unit
            )
            for name in names
        }

    def _kept(self, user_input: dict[str, Any], names: tuple[str, ...]) -> dict[str, float]:
        unit = self.hass.config.units.temperature_unit
        return {name: kept(FIGURES[name], user_input[name], unit) for name in names}

    def _unfit(self, names: Mapping[str, str], user_input: dict[str, Any]) -> dict[str, str]:
        """Tell what cannot be switched."""
        entity_id = user_input.get(names["entity"])
        if not entity_id:
            return {} if user_input.get(names["actions"]) else {"base": "nothing_to_switch"}
        problem = problem_with_sign(self.hass, entity_id)
        if problem is not None:
            return {names["entity"]: problem}
        state = self.hass.states.get(entity_id)
        fits = state is not None and can_be(state, switched_value(user_input.get(names["value"])))
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
