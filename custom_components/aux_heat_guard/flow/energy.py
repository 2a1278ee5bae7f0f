"""The questions about energy, price, the heat pump and the season; only the options ask them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.core import State
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import probatio as vol

from ..const import (
    CONF_ATTRIBUTE,
    CONF_ENERGY,
    CONF_ENTITY_ID,
    CONF_PRICE,
    CONF_PUMP,
    CONF_SEASON_START_MONTH,
)
from ..core.settings.guard import MAX_COP, MIN_COP, PRICE, STANDARD_COP, EnergySource
from ..options.energy import (
    HeatPumpType,
    PriceSource,
    read_curve,
    read_season_start_month,
    read_strips_kw,
)
from ..sources.suitability import problem_with_entity
from .energy_answers import (
    ON_OFF_DOMAINS,
    format_curve,
    list_tariffs,
    parse_curve,
    problem_with_meter,
    problem_with_power,
    problem_with_price,
    problem_with_tariff,
)

CONF_KIND = "kind"
CONF_POINTS = "points"
CONF_PRICES = "prices"

NO_PRICE = "none"
PRICE_SOURCES = [NO_PRICE, *(kind.value for kind in PriceSource)]
MONTHS = [str(month) for month in range(1, 13)]


@dataclass(frozen=True, slots=True)
class SourceQuestion:
    """An entity that is asked for."""

    option: str
    option_value: Mapping[str, Any]
    """The option's value, but for the entity."""
    selector: EntitySelectorConfig
    find_problem: Callable[[State, str], str | None]
    """Why it cannot be that, in a home with this currency."""
    next_steps: tuple[str, ...] = ()
    """The steps that ask more about it."""


SOURCE_QUESTIONS = {
    "energy_power": SourceQuestion(
        CONF_ENERGY,
        {CONF_KIND: EnergySource.POWER.value, CONF_ATTRIBUTE: None},
        EntitySelectorConfig(
            filter=[EntityWithDeviceFilterSelectorConfig(domain="sensor", device_class="power")]
        ),
        problem_with_power,
    ),
    "energy_meter": SourceQuestion(
        CONF_ENERGY,
        {CONF_KIND: EnergySource.METER.value, CONF_ATTRIBUTE: None},
        EntitySelectorConfig(
            filter=[EntityWithDeviceFilterSelectorConfig(domain="sensor", device_class="energy")]
        ),
        problem_with_meter,
    ),
    "price_entity": SourceQuestion(
        CONF_PRICE,
        {CONF_KIND: PriceSource.ENTITY.value},
        EntitySelectorConfig(domain=["sensor", "number", "input_number"]),
        problem_with_price,
    ),
    "price_tariff": SourceQuestion(
        CONF_PRICE,
        {CONF_KIND: PriceSource.TARIFF.value},
        EntitySelectorConfig(domain=["select", "input_select", "sensor", *sorted(ON_OFF_DOMAINS)]),
        problem_with_tariff,
        next_steps=("tariff_prices",),
    ),
}
FOLLOW_UPS = {
    (CONF_ENERGY, EnergySource.POWER): "energy_power",
    (CONF_ENERGY, EnergySource.METER): "energy_meter",
    (CONF_PRICE, PriceSource.FIXED): "price_fixed",
    (CONF_PRICE, PriceSource.ENTITY): "price_entity",
    (CONF_PRICE, PriceSource.TARIFF): "price_tariff",
    (CONF_PUMP, HeatPumpType.OWN): "pump_points",
}
"""Which answer needs which further step."""


class EnergySteps(OptionsFlow):
    """Asks what the strips draw and cost, and when a season begins."""

    draft: dict[str, Any]
    _remaining_steps: list[str]
    """Those still to be asked."""

    async def async_step_energy(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what tells energy and price, and which heat pump it is; what that needs to know is asked next."""
        if user_input is not None:
            answers = [
                (option, user_input[option]) for option in (CONF_ENERGY, CONF_PRICE, CONF_PUMP)
            ]
            self._remaining_steps = [
                FOLLOW_UPS[answer] for answer in answers if answer in FOLLOW_UPS
            ]
            self.draft |= {
                option: _simple_answer(kind)
                for option, kind in answers
                if (option, kind) not in FOLLOW_UPS
            }
            return await self._async_next_step()
        schema = _choices_schema(
            {
                CONF_ENERGY: ([kind.value for kind in EnergySource], EnergySource.RATED.value),
                CONF_PRICE: (
                    PRICE_SOURCES,
                    PriceSource.FIXED.value if CONF_PRICE not in self.draft else NO_PRICE,
                ),
                CONF_PUMP: ([kind.value for kind in HeatPumpType], HeatPumpType.STANDARD.value),
            },
            self.draft,
        )
        return self._show_form("energy", schema, strips_kw=f"{read_strips_kw(self.draft):g}")

    async def async_step_energy_power(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the power sensor."""
        return await self._async_ask_source("energy_power", user_input)

    async def async_step_energy_meter(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the energy counter."""
        return await self._async_ask_source("energy_meter", user_input)

    async def async_step_price_entity(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the entity that shows the price."""
        return await self._async_ask_source("price_entity", user_input)

    async def async_step_price_tariff(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the entity that names the tariff; its prices are asked next."""
        return await self._async_ask_source("price_tariff", user_input)

    async def async_step_price_fixed(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the price."""
        if user_input is not None:
            self.draft[CONF_PRICE] = {CONF_KIND: PriceSource.FIXED.value, **user_input}
            return await self._async_next_step()
        schema = self._prices_schema(
            [CONF_PRICE], self._previous_answer(CONF_PRICE, PriceSource.FIXED)
        )
        return self._show_form("price_fixed", schema)

    async def async_step_tariff_prices(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the price of each tariff."""
        if user_input is not None:
            self.draft[CONF_PRICE] = {**self.draft[CONF_PRICE], CONF_PRICES: user_input}
            return await self._async_next_step()
        price = self.draft[CONF_PRICE]
        state = self.hass.states.get(price[CONF_ENTITY_ID])
        return self._show_form(
            "tariff_prices",
            self._prices_schema(list_tariffs(state) if state else [], price.get(CONF_PRICES, {})),
        )

    async def async_step_pump_points(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the heat pump's own curve."""
        unit, errors = self.hass.config.units.temperature_unit, {}
        if user_input is not None:
            curve, error = parse_curve(user_input[CONF_POINTS], unit)
            if error is None:
                self.draft[CONF_PUMP] = {
                    CONF_KIND: HeatPumpType.OWN.value,
                    CONF_POINTS: [list(point) for point in curve],
                }
                return await self._async_next_step()
            errors[CONF_POINTS] = error
        shown = (user_input or {}).get(CONF_POINTS) or format_curve(read_curve(self.draft), unit)
        schema = vol.Schema(
            {vol.Required(CONF_POINTS, description={"suggested_value": shown}): TextSelector()}
        )
        return self._show_form(
            "pump_points", schema, errors, unit=unit, example=format_curve(STANDARD_COP, unit)
        )

    async def async_step_season(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask with which month a heating season begins."""
        if user_input is not None:
            return self.async_create_entry(
                data={
                    **self.draft,
                    CONF_SEASON_START_MONTH: int(user_input[CONF_SEASON_START_MONTH]),
                }
            )
        selector = SelectSelector(
            SelectSelectorConfig(
                options=MONTHS, translation_key="month", mode=SelectSelectorMode.DROPDOWN
            )
        )
        key = vol.Required(
            CONF_SEASON_START_MONTH, default=str(read_season_start_month(self.draft))
        )
        return self._show_form("season", vol.Schema({key: selector}))

    async def _async_next_step(self) -> ConfigFlowResult:
        if not self._remaining_steps:
            return self.async_create_entry(data=self.draft)
        step, *self._remaining_steps = self._remaining_steps
        result: ConfigFlowResult = await getattr(self, f"async_step_{step}")()
        return result

    async def _async_ask_source(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        asked, errors = SOURCE_QUESTIONS[step_id], {}
        now = self._previous_answer(asked.option, asked.option_value[CONF_KIND])
        if user_input is not None:
            error = self._problem_with_source(user_input[CONF_ENTITY_ID], asked)
            if error is None:
                known = now if now.get(CONF_ENTITY_ID) == user_input[CONF_ENTITY_ID] else {}
                self.draft[asked.option] = {**known, **asked.option_value, **user_input}
                self._remaining_steps = [*asked.next_steps, *self._remaining_steps]
                return await self._async_next_step()
            errors[CONF_ENTITY_ID] = error
        schema = vol.Schema({vol.Required(CONF_ENTITY_ID): EntitySelector(asked.selector)})
        return self._show_form(
            step_id, self.add_suggested_values_to_schema(schema, user_input or now), errors
        )

    def _problem_with_source(self, entity_id: str, question: SourceQuestion) -> str | None:
        state = self.hass.states.get(entity_id)
        error = problem_with_entity(self.hass, entity_id)
        return (
            error
            if error or state is None
            else question.find_problem(state, self.hass.config.currency)
        )

    def _previous_answer(self, option: str, kind: str) -> Mapping[str, Any]:
        """Take up what was answered before, where it was of the same kind."""
        answer = self.draft.get(option)
        return answer if isinstance(answer, Mapping) and answer.get(CONF_KIND) == kind else {}

    def _prices_schema(self, names: Iterable[str], known: Mapping[str, Any]) -> vol.Schema:
        unit = f"{self.hass.config.currency}/kWh"
        # Where there is a minimum the frontend fills it in, and nobody's price is the lowest that may be.
        selector = NumberSelector(
            NumberSelectorConfig(
                max=PRICE.maximum, step="any", mode=NumberSelectorMode.BOX, unit_of_measurement=unit
            )
        )
        return vol.Schema(
            {
                vol.Required(name, description={"suggested_value": known.get(name)}): selector
                for name in names
            }
        )

    def _show_form(
        self, step_id: str, schema: vol.Schema, errors: dict[str, str] | None = None, **words: str
    ) -> ConfigFlowResult:
        placeholders = {
            "currency": self.hass.config.currency,
            "lowest": f"{MIN_COP:g}",
            "highest": f"{MAX_COP:g}",
            **words,
        }
        return self.async_show_form(
            step_id=step_id,
            data_schema=schema,
            errors=errors,
            description_placeholders=placeholders,
        )


def _choices_schema(
    choices: Mapping[str, tuple[list[str], str]], draft: Mapping[str, Any]
) -> vol.Schema:
    schema = {}
    for option, (kinds, default) in choices.items():
        answer = draft.get(option)
        kind = answer.get(CONF_KIND) if isinstance(answer, Mapping) else default
        config = SelectSelectorConfig(
            options=kinds, translation_key=f"{option}_from", mode=SelectSelectorMode.LIST
        )
        schema[vol.Required(option, default=kind if kind in kinds else default)] = SelectSelector(
            config
        )
    return vol.Schema(schema)


def _simple_answer(kind: str) -> dict[str, Any] | None:
    return None if kind == NO_PRICE else {CONF_KIND: kind}
