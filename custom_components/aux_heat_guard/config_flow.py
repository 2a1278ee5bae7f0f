"""Setting up a guard, setting it up anew, and its options."""

from collections.abc import Mapping
from typing import Any, cast

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryBaseFlow,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, CONF_NAME
from homeassistant.core import HomeAssistant, callback

from .const import (
    CONF_ATTRIBUTE,
    CONF_ENTITY_ID,
    CONF_EQUIPMENT,
    CONF_FORECAST,
    CONF_OTHERS,
    CONF_OUTDOOR,
    CONF_SIGNALS,
    CONF_STRIPS_KW,
    CONF_THERMOSTAT,
    CONF_TIMING,
    DOMAIN,
)
from .core.model import Equipment, Quality, Role, Source
from .core.sense.kinds import KINDS_BY_KEY, SignalKind
from .core.settings.guard import STRIPS_KW
from .core.settings.signal import DetailsForm
from .flow.alerts import AlertSteps
from .flow.energy import EnergySteps
from .flow.preview import DRAFT, async_setup_preview
from .flow.protection import ProtectSteps
from .flow.schemas import (
    CONF_ADD_SIGN,
    CONF_ESTIMATE,
    CONF_KIND,
    CONF_OFF_BELOW,
    CONF_ON_ABOVE,
    CONF_OUTDOOR_OTHER,
    CONF_READS,
    CONF_VALUES,
    READS_STATE,
    SIGNAL_ENTITY_SCHEMA,
    THERMOSTAT_SCHEMA,
    equipment_schema,
    evidence_schema,
    level_schema,
    outdoor_key,
    outdoor_schema,
    signal_schema,
    timing_schema,
    words_schema,
    zones_schema,
)
from .options.alerts import read_forecast_entity
from .options.guard import INFERENCE, SignalOptions, read_other_thermostats
from .sources.discovery import (
    Candidate,
    find_outdoor,
    list_candidates,
    selected_signals,
    with_signal,
)
from .sources.equipment import async_suggest_equipment
from .sources.observe import read_raw_value
from .sources.suitability import (
    problem_with_entity,
    problem_with_forecast,
    problem_with_thermostat,
    thermostat_unique_id,
)

MENU = [
    *("protection", "limits", "furnace", "lockout", "alerts", "notify"),
    *("evidence", "outdoor", "equipment", "zones", "energy", "season", "timing"),
]


class GuardSteps(ConfigEntryBaseFlow):
    """The questions that setting up and the options have in common. Answers are gathered in a draft of the options."""

    draft: dict[str, Any]
    signal: dict[str, Any]

    @staticmethod
    async def async_setup_preview(hass: HomeAssistant) -> None:
        """Register the preview's websocket command."""
        async_setup_preview(hass)

    async def async_next(self, step_id: str) -> ConfigFlowResult:
        """Go on after a step."""
        raise NotImplementedError

    def show_step(self, step_id: str, **form: Any) -> ConfigFlowResult:  # noqa: ANN401
        """Show a form; the draft goes along for its preview."""
        cast("dict[str, Any]", self.context)[DRAFT] = self.draft
        return self.async_show_form(step_id=step_id, **form)

    async def async_step_evidence(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how AUX shows."""
        candidates = list_candidates(self.hass, self.draft)
        errors = {}
        if user_input is not None:
            chosen = user_input.get(CONF_SIGNALS, [])
            self.draft[CONF_SIGNALS] = selected_signals(
                candidates, chosen, estimate=user_input[CONF_ESTIMATE]
            )
            if user_input[CONF_ADD_SIGN]:
                return await self.async_step_sign_entity()
            if any(signal["role"] == Role.AUX for signal in self.draft[CONF_SIGNALS]):
                return await self.async_next("evidence")
            errors["base"] = "no_evidence"
        signals = self.draft.get(CONF_SIGNALS)
        chosen = [candidate.key for candidate in candidates if _is_chosen(candidate, signals)]
        sees_aux = any(
            signal["role"] == Role.AUX
            for candidate in candidates
            if candidate.key in chosen
            for signal in candidate.signals
        )
        estimate = not sees_aux if signals is None else INFERENCE in signals
        schema = evidence_schema(self.hass, candidates, chosen, estimate=estimate)
        return self.show_step("evidence", data_schema=schema, errors=errors, preview=DOMAIN)

    async def async_step_sign_entity(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for an entity that shows AUX, and what it tells of."""
        errors = {}
        if user_input is not None:
            if error := problem_with_entity(self.hass, user_input[CONF_ENTITY_ID]):
                errors[CONF_ENTITY_ID] = error
            else:
                self.signal = user_input
                return await self.async_step_sign()
        return self.show_step("sign_entity", data_schema=SIGNAL_ENTITY_SCHEMA, errors=errors)

    async def async_step_sign(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what of the entity to read, and how."""
        entity_id = self.signal[CONF_ENTITY_ID]
        state = self.hass.states.get(entity_id)
        if state is None:
            return await self.async_step_sign_entity()
        errors = {}
        if user_input is not None:
            attribute = user_input[CONF_READS].removeprefix(READS_STATE).removeprefix(".") or None
            kind = KINDS_BY_KEY[user_input[CONF_KIND]]
            if kind.signal.can_read(read_raw_value(state, Source(entity_id, attribute))):
                self.signal = {
                    **self.signal,
                    CONF_ATTRIBUTE: attribute,
                    CONF_KIND: user_input[CONF_KIND],
                }
                return await self._async_ask_signal_details(kind)
            errors[CONF_KIND] = "not_understood"
        schema = self.add_suggested_values_to_schema(signal_schema(state), user_input)
        return self.show_step(
            "sign",
            data_schema=schema,
            errors=errors,
            description_placeholders={"entity": state.name},
        )

    async def _async_ask_signal_details(self, kind: SignalKind) -> ConfigFlowResult:
        match kind.signal.details_form:
            case DetailsForm.WORDS:
                return await self.async_step_sign_words()
            case DetailsForm.LEVEL:
                return await self.async_step_sign_level()
            case None:
                return await self._async_add_signal({})

    async def async_step_sign_words(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which words mean it."""
        errors = {}
        if user_input is not None:
            if user_input[CONF_VALUES]:
                return await self._async_add_signal(
                    {"values": user_input[CONF_VALUES], "others": []}
                )
            errors[CONF_VALUES] = "no_words"
        return self.show_step(
            "sign_words", data_schema=words_schema(self._known_words()), errors=errors
        )

    async def async_step_sign_level(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the level over which it is on."""
        state = self.hass.states.get(self.signal[CONF_ENTITY_ID])
        unit = (
            state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
            if state and self.signal[CONF_ATTRIBUTE] is None
            else None
        )
        errors = {}
        if user_input is not None:
            if user_input[CONF_OFF_BELOW] <= user_input[CONF_ON_ABOVE]:
                return await self._async_add_signal({**user_input, "unit": unit})
            errors[CONF_OFF_BELOW] = "off_over_on"
        return self.show_step("sign_level", data_schema=level_schema(unit), errors=errors)

    async def async_step_outdoor(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the outdoor temperature."""
        found = find_outdoor(self.hass, self.draft[CONF_THERMOSTAT])
        errors = {}
        if user_input is not None:
            self.draft[CONF_OUTDOOR] = _selected_outdoor(found, user_input)
            self._disable_missing_forecast()
            if self.draft[CONF_OUTDOOR] or INFERENCE not in self.draft[CONF_SIGNALS]:
                return await self.async_next("outdoor")
            errors["base"] = "estimate_needs_outdoor"
        chosen = self.draft.get(CONF_OUTDOOR)
        if CONF_OUTDOOR not in self.draft and found:
            chosen = {CONF_ENTITY_ID: found[0][0], CONF_ATTRIBUTE: found[0][1]}
        return self.show_step(
            "outdoor", data_schema=outdoor_schema(self.hass, found, chosen), errors=errors
        )

    def _disable_missing_forecast(self) -> None:
        """Choose no forecast if that of the outdoor temperature's weather entity would be used, and it has none."""
        entity_id = read_forecast_entity(self.draft)
        if (
            CONF_FORECAST not in self.draft
            and entity_id
            and problem_with_forecast(self.hass, entity_id) == "no_forecast"
        ):
            self.draft[CONF_FORECAST] = None

    async def _async_add_signal(self, more: Mapping[str, Any]) -> ConfigFlowResult:
        sign = {**self.signal, "quality": self._signal_quality(more), **more}
        self.draft[CONF_SIGNALS] = with_signal(self.draft[CONF_SIGNALS], sign)
        return await self.async_step_evidence()

    def _signal_quality(self, more: Mapping[str, Any]) -> str:
        """Take a relay or a meter for a measurement, and all that is on the thermostat for a report."""
        is_relay = self.signal[CONF_KIND] == SignalKind.ON_OFF and self.signal[
            CONF_ENTITY_ID
        ].startswith(("binary_sensor.", "switch."))
        is_meter = more.get("unit") is not None
        return (Quality.MEASURED if is_relay or is_meter else Quality.REPORTED).value

    def _known_words(self) -> set[str]:
        """Gather the words the source is known to say."""
        state = self.hass.states.get(self.signal[CONF_ENTITY_ID])
        if state is None:
            return set()
        attribute = self.signal[CONF_ATTRIBUTE]
        now = state.state if attribute is None else state.attributes.get(attribute)
        listed = state.attributes.get("options" if attribute is None else f"{attribute}s")
        said = now if isinstance(now, list | tuple) else str(now or "").split(",")
        return {
            str(word).strip() for word in [*said, *(listed if isinstance(listed, list) else [])]
        } - {""}


class AuxHeatGuardConfigFlow(GuardSteps, ConfigFlow, domain=DOMAIN):
    """Sets up a guard, or sets it up anew."""

    VERSION = 1

    def __init__(self) -> None:
        self.draft = {}
        self.signal = {}

    @staticmethod
    @callback
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Start the flow of the options."""
        return AuxHeatGuardOptionsFlow(config_entry)

    @property
    def _entry(self) -> ConfigEntry | None:
        return self._get_reconfigure_entry() if self.source == "reconfigure" else None

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the thermostat."""
        return await self._async_ask_thermostat("user", user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for all again, with what was answered before."""
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
            # What showed AUX on another thermostat does not show it on this one.
            self.draft = {
                key: value
                for key, value in self.draft.items()
                if key not in {CONF_SIGNALS, CONF_OUTDOOR}
            }
        self.draft[CONF_THERMOSTAT] = thermostat

    async def async_next(self, step_id: str) -> ConfigFlowResult:
        """Ask one thing after the other."""
        return await (
            self.async_step_outdoor() if step_id == "evidence" else self.async_step_equipment()
        )

    async def async_step_equipment(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what AUX is here, and for a name; then it is done."""
        if user_input is not None:
            return self._finish(user_input.pop(CONF_NAME), {**self.draft, **user_input})
        state = self.hass.states.get(self.draft[CONF_THERMOSTAT])
        name = (
            self._entry.title
            if self._entry
            else f"{state.name if state else self.draft[CONF_THERMOSTAT]} AUX Heat Guard"
        )
        suggested = await async_suggest_equipment(self.hass, self.draft)
        schema = equipment_schema(*_equipment_defaults(self.draft, suggested), name)
        return self.show_step("equipment", data_schema=schema, last_step=True)

    def _finish(self, name: str, options: dict[str, Any]) -> ConfigFlowResult:
        if self._entry is None:
            self._abort_if_unique_id_configured()
            return self.async_create_entry(title=name, data={}, options=options)
        return self.async_update_and_abort(
            self._entry, unique_id=self.unique_id, title=name, options=options
        )


class AuxHeatGuardOptionsFlow(GuardSteps, EnergySteps, AlertSteps, ProtectSteps):
    """Changes one thing of a guard."""

    def __init__(self, entry: ConfigEntry) -> None:
        self.draft = dict(entry.options)
        self.signal = {}

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what to change."""
        return self.async_show_menu(step_id="init", menu_options=MENU)

    async def async_next(self, step_id: str) -> ConfigFlowResult:
        """Each change stands for itself; only an estimate cannot do without an outdoor temperature."""
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
        """Ask what AUX is here."""
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
            if problem is not None:
                errors[CONF_OTHERS] = problem
            else:
                return self.async_create_entry(data={**self.draft, **user_input})
        chosen = (user_input or {}).get(CONF_OTHERS, list(read_other_thermostats(self.draft)))
        return self.show_step("zones", data_schema=zones_schema(chosen), errors=errors)

    def _problem_with_other_thermostat(self, thermostat: str) -> str | None:
        if thermostat == self.draft[CONF_THERMOSTAT]:
            return "guarded_itself"
        return problem_with_entity(self.hass, thermostat)

    async def async_step_timing(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the delays."""
        if user_input is not None:
            return self.async_create_entry(data={**self.draft, CONF_TIMING: user_input})
        return self.show_step("timing", data_schema=timing_schema(self.draft.get(CONF_TIMING, {})))


def _is_chosen(candidate: Candidate, signals: list[SignalOptions] | None) -> bool:
    if signals is None:
        return candidate.on_thermostat
    return any(signal in signals for signal in candidate.signals)


def _selected_outdoor(
    found: list[tuple[str, str | None]], user_input: Mapping[str, Any]
) -> dict[str, Any] | None:
    if other := user_input.get(CONF_OUTDOOR_OTHER):
        return {CONF_ENTITY_ID: other, CONF_ATTRIBUTE: None}
    for entity_id, attribute in found:
        if outdoor_key(entity_id, attribute) == user_input.get(CONF_OUTDOOR):
            return {CONF_ENTITY_ID: entity_id, CONF_ATTRIBUTE: attribute}
    return None


def _equipment_defaults(
    draft: Mapping[str, Any], suggested: Equipment = Equipment.STRIPS
) -> tuple[str, float]:
    return draft.get(CONF_EQUIPMENT, suggested.value), draft.get(CONF_STRIPS_KW, STRIPS_KW.default)
