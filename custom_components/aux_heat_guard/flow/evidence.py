"""The pages about signals of aux heat and the outdoor temperature, in setup and in the options."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant

from ..const import (
    CONF_ATTRIBUTE,
    CONF_ENTITY_ID,
    CONF_FORECAST,
    CONF_OUTDOOR,
    CONF_SIGNALS,
    CONF_THERMOSTAT,
    DOMAIN,
)
from ..core.model import Quality, Role, Source
from ..core.sense.kinds import KINDS_BY_KEY, SignalKind
from ..core.settings.signal import DetailsForm
from ..options.alerts import read_forecast_entity
from ..options.guard import INFERENCE, SignalOptions
from ..sources.discovery import (
    Candidate,
    find_outdoor,
    list_candidates,
    selected_signals,
    with_signal,
)
from ..sources.observe import read_raw_value
from ..sources.suitability import problem_with_entity, problem_with_forecast
from .preview import DRAFT, async_setup_preview
from .schemas import (
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
    evidence_schema,
    level_schema,
    outdoor_key,
    outdoor_schema,
    signal_schema,
    words_schema,
)
from .steps import DraftSteps

RELAY_PREFIXES = ("binary_sensor.", "switch.")


class EvidenceSteps(DraftSteps):
    """The pages that setup and the options have in common."""

    signal: dict[str, Any]
    """The signal that the user is describing, as answered so far."""

    @staticmethod
    async def async_setup_preview(hass: HomeAssistant) -> None:
        """Register the websocket command of the preview."""
        async_setup_preview(hass)

    async def async_next(self, step_id: str) -> ConfigFlowResult:
        """Continue after a page of this class."""
        raise NotImplementedError

    def show_step(self, step_id: str, **form: Any) -> ConfigFlowResult:  # noqa: ANN401
        """Show a form, and hand the draft to its preview."""
        cast("dict[str, Any]", self.context)[DRAFT] = self.draft
        return self.async_show_form(step_id=step_id, **form)

    async def async_step_evidence(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which signals show aux heat."""
        candidates = list_candidates(self.hass, self.draft)
        errors = {}
        if user_input is not None:
            self.draft[CONF_SIGNALS] = selected_signals(
                candidates,
                user_input.get(CONF_SIGNALS, []),
                estimate=user_input[CONF_ESTIMATE],
            )
            if user_input[CONF_ADD_SIGN]:
                return await self.async_step_sign_entity()
            if _has_aux_signal(self.draft[CONF_SIGNALS]):
                return await self.async_next("evidence")
            errors["base"] = "no_evidence"
        signals = self.draft.get(CONF_SIGNALS)
        selected = [candidate for candidate in candidates if _is_selected(candidate, signals)]
        if signals is None:
            estimate = not any(_has_aux_signal(candidate.signals) for candidate in selected)
        else:
            estimate = INFERENCE in signals
        schema = evidence_schema(
            self.hass, candidates, [candidate.key for candidate in selected], estimate=estimate
        )
        return self.show_step("evidence", data_schema=schema, errors=errors, preview=DOMAIN)

    async def async_step_sign_entity(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the entity of a signal, and for what the signal shows."""
        errors = {}
        if user_input is not None:
            error = problem_with_entity(self.hass, user_input[CONF_ENTITY_ID])
            if error is None:
                self.signal = user_input
                return await self.async_step_sign()
            errors[CONF_ENTITY_ID] = error
        return self.show_step("sign_entity", data_schema=SIGNAL_ENTITY_SCHEMA, errors=errors)

    async def async_step_sign(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the state or attribute of a signal, and for its type."""
        entity_id = self.signal[CONF_ENTITY_ID]
        state = self.hass.states.get(entity_id)
        if state is None:
            return await self.async_step_sign_entity()
        errors = {}
        if user_input is not None:
            attribute = user_input[CONF_READS].removeprefix(READS_STATE).removeprefix(".") or None
            kind = KINDS_BY_KEY[user_input[CONF_KIND]]
            if kind.signal.can_read(read_raw_value(state, Source(entity_id, attribute))):
                self.signal = {**self.signal, CONF_ATTRIBUTE: attribute, CONF_KIND: kind.value}
                return await self._async_ask_signal_details(kind)
            errors[CONF_KIND] = "not_understood"
        return self.show_step(
            "sign",
            data_schema=self.add_suggested_values_to_schema(signal_schema(state), user_input),
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
        """Ask for the values of a signal that mean on."""
        errors = {}
        if user_input is not None:
            if user_input[CONF_VALUES]:
                return await self._async_add_signal(
                    {"values": user_input[CONF_VALUES], "others": []}
                )
            errors[CONF_VALUES] = "no_words"
        return self.show_step(
            "sign_words", data_schema=words_schema(self._possible_values()), errors=errors
        )

    async def async_step_sign_level(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the levels at which a signal turns on and off."""
        unit = self._signal_unit()
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
        outdoor = self.draft.get(CONF_OUTDOOR)
        if CONF_OUTDOOR not in self.draft and found:
            outdoor = {CONF_ENTITY_ID: found[0][0], CONF_ATTRIBUTE: found[0][1]}
        schema = outdoor_schema(self.hass, found, outdoor)
        return self.show_step("outdoor", data_schema=schema, errors=errors)

    def _disable_missing_forecast(self) -> None:
        """Set the forecast to none if the outdoor temperature's weather entity has no forecast.

        Without a choice of the user, that entity would be used for the forecast too.
        """
        entity_id = read_forecast_entity(self.draft)
        if CONF_FORECAST in self.draft or entity_id is None:
            return
        if problem_with_forecast(self.hass, entity_id) == "no_forecast":
            self.draft[CONF_FORECAST] = None

    async def _async_add_signal(self, details: Mapping[str, Any]) -> ConfigFlowResult:
        signal = {**self.signal, "quality": self._signal_quality(details).value, **details}
        self.draft[CONF_SIGNALS] = with_signal(self.draft[CONF_SIGNALS], signal)
        return await self.async_step_evidence()

    def _signal_quality(self, details: Mapping[str, Any]) -> Quality:
        """Return measured for a relay or a power meter, and reported for everything else."""
        is_on_off = self.signal[CONF_KIND] == SignalKind.ON_OFF
        is_relay = is_on_off and self.signal[CONF_ENTITY_ID].startswith(RELAY_PREFIXES)
        is_meter = details.get("unit") is not None
        return Quality.MEASURED if is_relay or is_meter else Quality.REPORTED

    def _signal_unit(self) -> str | None:
        """Return the unit of the signal's entity. An attribute has none."""
        state = self.hass.states.get(self.signal[CONF_ENTITY_ID])
        if state is None or self.signal[CONF_ATTRIBUTE] is not None:
            return None
        return state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)

    def _possible_values(self) -> set[str]:
        """Return the current values of the signal's source, and those that its entity lists."""
        state = self.hass.states.get(self.signal[CONF_ENTITY_ID])
        if state is None:
            return set()
        attribute = self.signal[CONF_ATTRIBUTE]
        value = state.state if attribute is None else state.attributes.get(attribute)
        current = value if isinstance(value, list | tuple) else str(value or "").split(",")
        listed = state.attributes.get("options" if attribute is None else f"{attribute}s")
        listed = listed if isinstance(listed, list) else []
        return {str(word).strip() for word in [*current, *listed]} - {""}


def _has_aux_signal(signals: Iterable[SignalOptions]) -> bool:
    return any(signal["role"] == Role.AUX for signal in signals)


def _is_selected(candidate: Candidate, signals: list[SignalOptions] | None) -> bool:
    if signals is None:
        return candidate.on_thermostat
    return any(signal in signals for signal in candidate.signals)


def _selected_outdoor(
    found: list[tuple[str, str | None]], user_input: Mapping[str, Any]
) -> dict[str, Any] | None:
    other = user_input.get(CONF_OUTDOOR_OTHER)
    if other:
        return {CONF_ENTITY_ID: other, CONF_ATTRIBUTE: None}
    for entity_id, attribute in found:
        if outdoor_key(entity_id, attribute) == user_input.get(CONF_OUTDOOR):
            return {CONF_ENTITY_ID: entity_id, CONF_ATTRIBUTE: attribute}
    return None
