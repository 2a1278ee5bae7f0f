"""The options pages about energy, its price, the heat pump and the season."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import State
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
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
from ..options.values import Options, read_mapping
from ..sources.suitability import (
    ON_OFF_DOMAINS,
    list_tariffs,
    problem_with_entity,
    problem_with_meter,
    problem_with_power_sensor,
    problem_with_price,
    problem_with_tariff,
)
from .curve_text import format_curve, parse_curve
from .schemas import choice_field
from .steps import DraftSteps

CONF_KIND = "kind"
CONF_POINTS = "points"
CONF_PRICES = "prices"

NO_PRICE = "none"
PRICE_SOURCES = [NO_PRICE, *(kind.value for kind in PriceSource)]
MONTHS = [str(month) for month in range(1, 13)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceQuestion:
    """A page that asks for an entity."""

    option: str
    """The key of the option that the page sets."""
    option_value: Mapping[str, Any]
    """The value of the option without the entity."""
    selector: EntitySelectorConfig
    """The entities that the page offers."""
    find_problem: Callable[[State, str], str | None]
    """Returns the translation key of a problem with an entity, given the home's currency."""
    next_steps: tuple[str, ...] = ()
    """The pages that ask for details of the entity."""


SOURCE_QUESTIONS = {
    "energy_power": SourceQuestion(
        option=CONF_ENERGY,
        option_value={CONF_KIND: EnergySource.POWER.value, CONF_ATTRIBUTE: None},
        selector=EntitySelectorConfig(
            filter=[EntityWithDeviceFilterSelectorConfig(domain="sensor", device_class="power")]
        ),
        find_problem=problem_with_power_sensor,
    ),
    "energy_meter": SourceQuestion(
        option=CONF_ENERGY,
        option_value={CONF_KIND: EnergySource.METER.value, CONF_ATTRIBUTE: None},
        selector=EntitySelectorConfig(
            filter=[EntityWithDeviceFilterSelectorConfig(domain="sensor", device_class="energy")]
        ),
        find_problem=problem_with_meter,
    ),
    "price_entity": SourceQuestion(
        option=CONF_PRICE,
        option_value={CONF_KIND: PriceSource.ENTITY.value},
        selector=EntitySelectorConfig(domain=["sensor", "number", "input_number"]),
        find_problem=problem_with_price,
    ),
    "price_tariff": SourceQuestion(
        option=CONF_PRICE,
        option_value={CONF_KIND: PriceSource.TARIFF.value},
        selector=EntitySelectorConfig(
            domain=["select", "input_select", "sensor", *sorted(ON_OFF_DOMAINS)]
        ),
        find_problem=problem_with_tariff,
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
"""The page that asks for the details of an answer."""


class EnergySteps(DraftSteps):
    """The pages about the energy of aux heat, its price, the heat pump and the season."""

    _remaining_steps: list[str]
    """The pages that are still to be shown."""

    async def async_step_energy(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the types of the energy source, price and heat pump, then for their details."""
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
        """Ask for the energy meter."""
        return await self._async_ask_source("energy_meter", user_input)

    async def async_step_price_entity(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the entity whose state is the price."""
        return await self._async_ask_source("price_entity", user_input)

    async def async_step_price_tariff(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the entity that names the tariff, then for the tariffs' prices."""
        return await self._async_ask_source("price_tariff", user_input)

    async def async_step_price_fixed(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the fixed price."""
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
        """Ask for the COP curve of the heat pump."""
        unit, errors = self.home_unit, {}
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
        """Ask for the month in which a heating season starts."""
        if user_input is not None:
            return self.async_create_entry(
                data={
                    **self.draft,
                    CONF_SEASON_START_MONTH: int(user_input[CONF_SEASON_START_MONTH]),
                }
            )
        selector = choice_field(MONTHS, "month", SelectSelectorMode.DROPDOWN)
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
        question, errors = SOURCE_QUESTIONS[step_id], {}
        previous = self._previous_answer(question.option, question.option_value[CONF_KIND])
        if user_input is not None:
            entity_id = user_input[CONF_ENTITY_ID]
            error = self._problem_with_source(entity_id, question)
            if error is None:
                details = previous if previous.get(CONF_ENTITY_ID) == entity_id else {}
                self.draft[question.option] = {**details, **question.option_value, **user_input}
                self._remaining_steps = [*question.next_steps, *self._remaining_steps]
                return await self._async_next_step()
            errors[CONF_ENTITY_ID] = error
        schema = vol.Schema({vol.Required(CONF_ENTITY_ID): EntitySelector(question.selector)})
        return self._show_form(
            step_id, self.add_suggested_values_to_schema(schema, user_input or previous), errors
        )

    def _problem_with_source(self, entity_id: str, question: SourceQuestion) -> str | None:
        state = self.hass.states.get(entity_id)
        error = problem_with_entity(self.hass, entity_id)
        if error is not None or state is None:
            return error
        return question.find_problem(state, self.hass.config.currency)

    def _previous_answer(self, option: str, kind: str) -> Options:
        """Return the earlier answer if it was of the same kind, or else an empty one."""
        answer = read_mapping(self.draft.get(option))
        return answer if answer.get(CONF_KIND) == kind else {}

    def _prices_schema(self, names: Iterable[str], prices: Options) -> vol.Schema:
        unit = f"{self.hass.config.currency}/kWh"
        # The frontend fills in a minimum if there is one, and nobody pays the lowest valid price.
        selector = NumberSelector(
            NumberSelectorConfig(
                max=PRICE.maximum, step="any", mode=NumberSelectorMode.BOX, unit_of_measurement=unit
            )
        )
        return vol.Schema(
            {
                vol.Required(name, description={"suggested_value": prices.get(name)}): selector
                for name in names
            }
        )

    def _show_form(
        self, step_id: str, schema: vol.Schema, errors: dict[str, str] | None = None, **more: str
    ) -> ConfigFlowResult:
        placeholders = {
            "currency": self.hass.config.currency,
            "lowest": f"{MIN_COP:g}",
            "highest": f"{MAX_COP:g}",
            **more,
        }
        return self.async_show_form(
            step_id=step_id,
            data_schema=schema,
            errors=errors,
            description_placeholders=placeholders,
        )


def _choices_schema(choices: Mapping[str, tuple[list[str], str]], draft: Options) -> vol.Schema:
    """Return a form that asks for the kind of each option, with the given default."""
    schema = {}
    for option, (kinds, default) in choices.items():
        kind = read_mapping(draft.get(option)).get(CONF_KIND)
        key = vol.Required(option, default=kind if kind in kinds else default)
        schema[key] = choice_field(kinds, f"{option}_from")
    return vol.Schema(schema)


def _simple_answer(kind: str) -> dict[str, Any] | None:
    return None if kind == NO_PRICE else {CONF_KIND: kind}
