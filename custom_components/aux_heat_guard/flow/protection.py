"""The options pages about protection."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.schedule import DOMAIN as SCHEDULE_DOMAIN
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.helpers.selector import (
    ActionSelector,
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    TextSelector,
)
import probatio as vol

from ..control.switchover import supports_value
from ..core.model import Mode, SwitchoverKind
from ..core.settings.protection import PROTECTION_NUMBERS
from ..core.units import NumberSpec
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
from .schemas import choice_field
from .steps import DraftSteps

SWITCHABLE_DOMAINS = ("switch", "input_boolean", "select", "input_select", "number", "input_number")


def _specs(*names: str) -> dict[str, NumberSpec]:
    return {name: PROTECTION_NUMBERS[name] for name in names}


SCHEDULE_FIGURES = _specs("comfort", "setback")
LIMIT_FIGURES = _specs(
    *("comfort_floor", "cap_cold_outdoor", "cap_cold", "cap_mild_outdoor", "cap_mild", "leash"),
    *("differential", "droop", "rate"),
)


class ProtectionSteps(DraftSteps):
    """The pages about the mode of protection, its limits and its switchovers."""

    async def async_step_protection(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the mode of protection and the schedule."""
        errors = {}
        if user_input is not None:
            chosen = {
                CONF_SCHEDULE: None,
                CONF_RESUME: None,
                **user_input,
                **self.convert_figures(SCHEDULE_FIGURES, user_input),
            }
            if chosen["setback"] <= chosen["comfort"]:
                return self.async_create_entry(data=with_protection(self.draft, **chosen))
            errors["setback"] = "setback_above_comfort"
        schedule = read_schedule(self.draft)
        resume = [dict(action) for action in read_resume_actions(self.draft)]
        suggested = {
            CONF_SCHEDULE: None if schedule is None else schedule.entity_id,
            CONF_RESUME: resume or None,
        }
        schema = vol.Schema(
            {
                vol.Required(CONF_MODE, default=read_mode(self.draft).value): choice_field(
                    [*Mode], CONF_MODE
                ),
                vol.Optional(CONF_SCHEDULE): EntitySelector(
                    EntitySelectorConfig(domain=SCHEDULE_DOMAIN)
                ),
                **self.figure_fields(SCHEDULE_FIGURES, read_figures(self.draft)),
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
            figures = self.convert_figures(LIMIT_FIGURES, user_input)
            errors = _contradictions(figures)
            if not errors:
                return self.async_create_entry(data=with_protection(self.draft, **figures))
        schema = vol.Schema(self.figure_fields(LIMIT_FIGURES, read_figures(self.draft)))
        return self.async_show_form(
            step_id="limits",
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            errors=errors,
        )

    async def async_step_furnace(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the switch that hands heating over to the furnace."""
        return self._ask_switch(SwitchoverKind.FURNACE, "furnace_below", user_input)

    async def async_step_lockout(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the switch that locks aux heat out."""
        return self._ask_switch(SwitchoverKind.AUX_LOCKOUT, "lockout_above", user_input)

    def _ask_switch(
        self, switch: SwitchoverKind, figure: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        names = {name: f"{switch}_{name}" for name in ("on", "entity", "value", "actions", "back")}
        figures = _specs(figure)
        errors = {}
        if user_input is not None:
            errors = self._switch_errors(names, user_input) if user_input[names["on"]] else {}
            if not errors:
                chosen = {
                    **dict.fromkeys(names.values()),
                    **user_input,
                    **self.convert_figures(figures, user_input),
                }
                return self.async_create_entry(data=with_protection(self.draft, **chosen))
        schema = vol.Schema(
            {
                vol.Required(names["on"], default=False): BooleanSelector(),
                **self.figure_fields(figures, read_figures(self.draft)),
                vol.Optional(names["entity"]): EntitySelector(
                    EntitySelectorConfig(domain=[*SWITCHABLE_DOMAINS])
                ),
                vol.Optional(names["value"]): TextSelector(),
                vol.Optional(names["actions"]): ActionSelector(),
                vol.Optional(names["back"]): ActionSelector(),
            }
        )
        suggested = user_input or {
            name: value
            for name, value in read_protection_options(self.draft).items()
            if name in names.values()
        }
        form = self.add_suggested_values_to_schema(schema, suggested)
        return self.async_show_form(step_id=switch.value, data_schema=form, errors=errors)

    def _switch_errors(
        self, names: Mapping[str, str], user_input: dict[str, Any]
    ) -> dict[str, str]:
        """Return why a switch cannot be used, as a translation key for each field."""
        entity_id = user_input.get(names["entity"])
        if not entity_id:
            return {} if user_input.get(names["actions"]) else {"base": "nothing_to_switch"}
        problem = problem_with_entity(self.hass, entity_id)
        if problem is not None:
            return {names["entity"]: problem}
        state = self.hass.states.get(entity_id)
        value = parse_switch_value(user_input.get(names["value"]))
        is_supported = state is not None and supports_value(state, value)
        return {} if is_supported else {names["value"]: "value_unfit"}


def _contradictions(figures: Mapping[str, float]) -> dict[str, str]:
    """Return the figures that contradict others, with translation keys."""
    errors = {}
    if figures["cap_cold_outdoor"] >= figures["cap_mild_outdoor"]:
        errors["cap_mild_outdoor"] = "cap_upside_down"
    if figures["cap_cold"] > figures["cap_mild"]:
        errors["cap_mild"] = "cap_upside_down"
    if figures["differential"] >= figures["droop"]:
        errors["droop"] = "droop_too_small"
    return errors
