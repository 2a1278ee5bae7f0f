"""The config flow: setup, reconfiguration and options."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigFlow, ConfigFlowResult, OptionsFlow
from homeassistant.const import CONF_NAME
from homeassistant.core import callback

from .const import (
    CONF_EQUIPMENT,
    CONF_OTHERS,
    CONF_OUTDOOR,
    CONF_SIGNALS,
    CONF_STRIPS_KW,
    CONF_THERMOSTAT,
    CONF_TIMING,
    DOMAIN,
)
from .core.model import Equipment
from .core.settings.guard import STRIPS_KW
from .flow.alerts import AlertSteps
from .flow.energy import EnergySteps
from .flow.evidence import EvidenceSteps
from .flow.protection import ProtectionSteps
from .flow.schemas import THERMOSTAT_SCHEMA, equipment_schema, timing_schema, zones_schema
from .options.guard import INFERENCE, read_other_thermostats
from .sources.equipment import async_suggest_equipment
from .sources.registry import thermostat_unique_id
from .sources.suitability import problem_with_entity, problem_with_thermostat

MENU = [
    *("protection", "limits", "furnace", "lockout", "alerts", "notify"),
    *("evidence", "outdoor", "equipment", "zones", "energy", "season", "timing"),
]


class AuxHeatGuardConfigFlow(EvidenceSteps, ConfigFlow, domain=DOMAIN):
    """Sets up a guard, or changes its setup."""

    VERSION = 1

    def __init__(self) -> None:
        self.draft = {}
        self.signal = {}

    @staticmethod
    @callback
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the flow of the options."""
        return AuxHeatGuardOptionsFlow(config_entry)

    @property
    def _entry(self) -> ConfigEntry | None:
        """The entry that is reconfigured, or None in a first setup."""
        return self._get_reconfigure_entry() if self.source == "reconfigure" else None

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the thermostat."""
        return await self._async_ask_thermostat("user", user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask everything again, with the earlier answers as defaults."""
        if user_input is None:
            self.draft = dict(self._get_reconfigure_entry().options)
        return await self._async_ask_thermostat("reconfigure", user_input)

    async def _async_ask_thermostat(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        errors = {}
        if user_input is not None:
            thermostat = user_input[CONF_THERMOSTAT]
            error = problem_with_thermostat(self.hass, thermostat, self._entry)
            if error == "already_guarded":
                return self.async_abort(reason="already_configured")
            if error is None:
                await self.async_set_unique_id(
                    thermostat_unique_id(self.hass, thermostat), raise_on_progress=False
                )
                self._set_thermostat(thermostat)
                return await self.async_step_evidence()
            errors[CONF_THERMOSTAT] = error
        schema = self.add_suggested_values_to_schema(THERMOSTAT_SCHEMA, self.draft)
        return self.show_step(step_id, data_schema=schema, errors=errors)

    def _set_thermostat(self, thermostat: str) -> None:
        if self.draft.get(CONF_THERMOSTAT, thermostat) != thermostat:
            # The signals of another thermostat do not show the aux heat of this one.
            self.draft = {
                key: value
                for key, value in self.draft.items()
                if key not in {CONF_SIGNALS, CONF_OUTDOOR}
            }
        self.draft[CONF_THERMOSTAT] = thermostat

    async def async_next(self, step_id: str) -> ConfigFlowResult:
        """Show the next page of setup."""
        if step_id == "evidence":
            return await self.async_step_outdoor()
        return await self.async_step_equipment()

    async def async_step_equipment(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the type of aux heat and the name of the guard, and finish."""
        if user_input is not None:
            return self._finish(user_input.pop(CONF_NAME), {**self.draft, **user_input})
        suggested = await async_suggest_equipment(self.hass, self.draft)
        schema = equipment_schema(*_equipment_defaults(self.draft, suggested), self._default_name())
        return self.show_step("equipment", data_schema=schema, last_step=True)

    def _default_name(self) -> str:
        if self._entry:
            return self._entry.title
        state = self.hass.states.get(self.draft[CONF_THERMOSTAT])
        return f"{state.name if state else self.draft[CONF_THERMOSTAT]} AUX Heat Guard"

    def _finish(self, name: str, options: dict[str, Any]) -> ConfigFlowResult:
        if self._entry is None:
            self._abort_if_unique_id_configured()
            return self.async_create_entry(title=name, data={}, options=options)
        return self.async_update_and_abort(
            self._entry, unique_id=self.unique_id, title=name, options=options
        )


class AuxHeatGuardOptionsFlow(EvidenceSteps, EnergySteps, AlertSteps, ProtectionSteps, OptionsFlow):
    """Changes one page of a guard's options."""

    def __init__(self, entry: ConfigEntry) -> None:
        self.draft = dict(entry.options)
        self.signal = {}

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which page to change."""
        return self.async_show_menu(step_id="init", menu_options=MENU)

    async def async_next(self, step_id: str) -> ConfigFlowResult:
        """Save the page, but first ask for the outdoor temperature if an estimate needs one."""
        if (
            step_id == "evidence"
            and INFERENCE in self.draft[CONF_SIGNALS]
            and not self.draft.get(CONF_OUTDOOR)
        ):
            return await self.async_step_outdoor()
        return self.async_create_entry(data=self.draft)

    async def async_step_equipment(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the type of aux heat."""
        if user_input is not None:
            return self.async_create_entry(data={**self.draft, **user_input})
        return self.show_step(
            "equipment", data_schema=equipment_schema(*_equipment_defaults(self.draft))
        )

    async def async_step_zones(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the other thermostats of the same equipment."""
        errors = {}
        if user_input is not None:
            problems = [
                self._problem_with_other_thermostat(other) for other in user_input[CONF_OTHERS]
            ]
            problem = next((problem for problem in problems if problem is not None), None)
            if problem is None:
                return self.async_create_entry(data={**self.draft, **user_input})
            errors[CONF_OTHERS] = problem
        others = (user_input or {}).get(CONF_OTHERS, list(read_other_thermostats(self.draft)))
        return self.show_step("zones", data_schema=zones_schema(others), errors=errors)

    def _problem_with_other_thermostat(self, thermostat: str) -> str | None:
        if thermostat == self.draft[CONF_THERMOSTAT]:
            return "guarded_itself"
        return problem_with_entity(self.hass, thermostat)

    async def async_step_timing(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the delays of signals."""
        if user_input is not None:
            return self.async_create_entry(data={**self.draft, CONF_TIMING: user_input})
        return self.show_step("timing", data_schema=timing_schema(self.draft.get(CONF_TIMING, {})))


def _equipment_defaults(
    draft: Mapping[str, Any], suggested: Equipment = Equipment.STRIPS
) -> tuple[str, float]:
    return draft.get(CONF_EQUIPMENT, suggested.value), draft.get(CONF_STRIPS_KW, STRIPS_KW.default)
