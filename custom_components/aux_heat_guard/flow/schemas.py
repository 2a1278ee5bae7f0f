"""The forms of setup and of the shared options pages, and the fields of all pages."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from homeassistant.components.weather.const import (
    ATTR_WEATHER_TEMPERATURE,
    ATTR_WEATHER_TEMPERATURE_UNIT,
)
from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    CONF_NAME,
    PERCENTAGE,
    UnitOfPower,
    UnitOfTime,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
from homeassistant.util.unit_conversion import PowerConverter
import probatio as vol

from ..const import (
    CONF_ENTITY_ID,
    CONF_EQUIPMENT,
    CONF_OTHERS,
    CONF_OUTDOOR,
    CONF_SIGNALS,
    CONF_STRIPS_KW,
    CONF_THERMOSTAT,
)
from ..core.model import Equipment, Raw, Role, Source
from ..core.sense.kinds import SignalKind
from ..core.settings.guard import DEMAND_ON, POWER_OFF, POWER_ON, STRIPS_KW
from ..core.units import NumberSpec
from ..options.guard import TIMING_NUMBERS
from ..sources.discovery import Candidate
from ..sources.observe import read_raw_value
from ..sources.units import to_home_unit

CONF_ADD_SIGN = "add_sign"
CONF_ESTIMATE = "estimate"
CONF_KIND = "kind"
CONF_OFF_BELOW = "off_below"
CONF_ON_ABOVE = "on_above"
CONF_OUTDOOR_OTHER = "outdoor_other"
CONF_READS = "reads"
CONF_ROLE = "role"
CONF_VALUES = "values"

UNITS = {"min": UnitOfTime.MINUTES, "h": UnitOfTime.HOURS, "d": UnitOfTime.DAYS, "%": PERCENTAGE}
NO_VALUE = "\N{EN DASH}"
READS_STATE = "state"
SIGNAL_KINDS = [kind.value for kind in SignalKind if kind.signal.is_selectable]
IGNORED_ATTRIBUTES = frozenset(
    {
        *(
            "friendly_name",
            "icon",
            "entity_picture",
            "attribution",
            "supported_features",
            "restored",
            "assumed_state",
            "editable",
        ),
        *("device_class", "state_class", "unit_of_measurement", "options", "last_reset"),
        *(
            "min_temp",
            "max_temp",
            "target_temp_step",
            "hvac_modes",
            "preset_modes",
            "fan_modes",
            "swing_modes",
        ),
    }
)


def choice_field(
    options: Sequence[str],
    translation_key: str,
    mode: SelectSelectorMode = SelectSelectorMode.LIST,
) -> SelectSelector:
    """Return a field for one of some options."""
    return SelectSelector(
        SelectSelectorConfig(options=options, translation_key=translation_key, mode=mode)
    )


THERMOSTAT_SCHEMA = vol.Schema(
    {vol.Required(CONF_THERMOSTAT): EntitySelector(EntitySelectorConfig(domain="climate"))}
)

SIGNAL_ENTITY_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_ENTITY_ID): EntitySelector(),
        vol.Required(CONF_ROLE, default=Role.AUX.value): choice_field(
            [role.value for role in Role], CONF_ROLE
        ),
    }
)


def evidence_schema(
    hass: HomeAssistant, candidates: Iterable[Candidate], selected: list[str], *, estimate: bool
) -> vol.Schema:
    """Return the form that asks which of the found signals to use, each with its current value."""
    options = [
        SelectOptionDict(value=candidate.key, label=_candidate_label(hass, candidate))
        for candidate in candidates
    ]
    signals = {
        vol.Optional(CONF_SIGNALS, default=selected): SelectSelector(
            SelectSelectorConfig(options=options, multiple=True, mode=SelectSelectorMode.LIST)
        )
    }
    return vol.Schema(
        {
            **(signals if options else {}),
            vol.Required(CONF_ESTIMATE, default=estimate): BooleanSelector(),
            vol.Required(CONF_ADD_SIGN, default=False): BooleanSelector(),
        }
    )


def signal_schema(state: State) -> vol.Schema:
    """Return the form that asks for the state or attribute of a signal, and for its type."""
    attributes = [name for name in state.attributes if name not in IGNORED_ATTRIBUTES]
    options = [
        SelectOptionDict(value=READS_STATE, label=_label(state, None)),
        *(
            SelectOptionDict(value=f"{READS_STATE}.{name}", label=_label(state, name))
            for name in attributes
        ),
    ]
    return vol.Schema(
        {
            vol.Required(CONF_READS, default=READS_STATE): SelectSelector(
                SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN)
            ),
            vol.Required(CONF_KIND, default=_likely_kind(state).value): choice_field(
                SIGNAL_KINDS, CONF_KIND
            ),
        }
    )


def words_schema(possible: Iterable[str]) -> vol.Schema:
    """Return the form that asks for the values that mean on."""
    return vol.Schema(
        {
            vol.Required(CONF_VALUES, default=[]): SelectSelector(
                SelectSelectorConfig(
                    options=sorted(possible),
                    multiple=True,
                    custom_value=True,
                    mode=SelectSelectorMode.DROPDOWN,
                )
            )
        }
    )


def level_schema(unit: str | None) -> vol.Schema:
    """Return the form that asks for the levels at which a signal turns on and off."""
    on, off = DEMAND_ON.default, DEMAND_ON.default
    if unit in PowerConverter.VALID_UNITS:
        on, off = (
            PowerConverter.convert(power.default, UnitOfPower.WATT, unit)
            for power in (POWER_ON, POWER_OFF)
        )
    config = NumberSelectorConfig(step="any", mode=NumberSelectorMode.BOX)
    if unit is not None:
        config["unit_of_measurement"] = unit
    selector = NumberSelector(config)
    return vol.Schema(
        {
            vol.Required(CONF_ON_ABOVE, default=on): selector,
            vol.Required(CONF_OFF_BELOW, default=off): selector,
        }
    )


def outdoor_schema(
    hass: HomeAssistant, found: Iterable[tuple[str, str | None]], current: Mapping[str, Any] | None
) -> vol.Schema:
    """Return the form that asks for the outdoor temperature and offers the sources found."""
    options = [
        SelectOptionDict(
            value=outdoor_key(entity_id, attribute),
            label=_outdoor_label(hass, entity_id, attribute),
        )
        for entity_id, attribute in found
    ]
    current_key = (
        outdoor_key(current[CONF_ENTITY_ID], current.get("attribute")) if current else None
    )
    is_found = any(option["value"] == current_key for option in options)
    found_field = vol.Optional(
        CONF_OUTDOOR, description={"suggested_value": current_key if is_found else None}
    )
    other_field = vol.Optional(
        CONF_OUTDOOR_OTHER,
        description={
            "suggested_value": current[CONF_ENTITY_ID] if current and not is_found else None
        },
    )
    selector = SelectSelector(
        SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN)
    )
    entities = [
        EntityWithDeviceFilterSelectorConfig(domain="sensor", device_class="temperature"),
        EntityWithDeviceFilterSelectorConfig(domain="weather"),
    ]
    return vol.Schema(
        {
            **({found_field: selector} if options else {}),
            other_field: EntitySelector(EntitySelectorConfig(filter=entities)),
        }
    )


def equipment_schema(equipment: str, strips_kw: float, name: str | None = None) -> vol.Schema:
    """Return the form that asks for the type of aux heat, and for a name if one is suggested."""
    return vol.Schema(
        {
            vol.Required(CONF_EQUIPMENT, default=equipment): choice_field(
                [kind.value for kind in Equipment], CONF_EQUIPMENT
            ),
            vol.Required(CONF_STRIPS_KW, default=strips_kw): number_field(STRIPS_KW),
            **({vol.Required(CONF_NAME, default=name): TextSelector()} if name is not None else {}),
        }
    )


def zones_schema(others: list[str]) -> vol.Schema:
    """Return the form that asks for the other thermostats of the same equipment."""
    selector = EntitySelector(EntitySelectorConfig(domain="climate", multiple=True))
    return vol.Schema({vol.Optional(CONF_OTHERS, default=others): selector})


def timing_schema(timing: Mapping[str, float]) -> vol.Schema:
    """Return the form that asks for the delays of signals."""
    return vol.Schema(
        {
            vol.Required(key, default=timing.get(key, number.default)): number_field(
                number, UnitOfTime.SECONDS
            )
            for key, number in TIMING_NUMBERS.items()
        }
    )


def outdoor_key(entity_id: str, attribute: str | None) -> str:
    """Return the key of a source of the outdoor temperature."""
    return entity_id if attribute is None else f"{entity_id} {attribute}"


def number_field(number: NumberSpec, unit: str | None = None) -> NumberSelector:
    """Return a field for a figure in its own unit."""
    config = NumberSelectorConfig(
        min=number.minimum, max=number.maximum, step=number.step, mode=NumberSelectorMode.BOX
    )
    shown_unit = unit or number.unit
    if shown_unit:
        config["unit_of_measurement"] = shown_unit
    return NumberSelector(config)


def figure_field(number: NumberSpec, home_unit: str) -> NumberSelector:
    """Return a field for a figure, with temperatures in the home's unit."""
    is_temperature = number.unit in {"°C", "K", "K/h"}
    config = NumberSelectorConfig(
        min=to_home_unit(number, number.minimum, home_unit),
        max=to_home_unit(number, number.maximum, home_unit),
        step="any" if is_temperature else number.step,
        mode=NumberSelectorMode.BOX,
    )
    unit = home_unit if is_temperature else UNITS.get(number.unit or "")
    if number.unit == "K/h":
        unit = f"{home_unit}/h"
    if unit is not None:
        config["unit_of_measurement"] = unit
    return NumberSelector(config)


def _candidate_label(hass: HomeAssistant, candidate: Candidate) -> str:
    first = candidate.signals[0]
    label = _label(
        hass.states.get(first[CONF_ENTITY_ID]), first["attribute"], first[CONF_ENTITY_ID]
    )
    condition = ", ".join(first.get("values", ()))
    if CONF_ON_ABOVE in first:
        condition = f"> {first[CONF_ON_ABOVE]:g} {first.get('unit') or ''}".strip()
    return f"{label} → {condition}" if condition else label


def _outdoor_label(hass: HomeAssistant, entity_id: str, attribute: str | None) -> str:
    if attribute is None and entity_id.startswith("weather."):
        attribute = ATTR_WEATHER_TEMPERATURE
    return _label(hass.states.get(entity_id), attribute, entity_id)


def _label(state: State | None, attribute: str | None, entity_id: str = "") -> str:
    """Return the name and the current value of a source."""
    if state is None:
        return f"{entity_id} ({NO_VALUE})"
    value = read_raw_value(state, Source(state.entity_id, attribute))
    text = _value_label(value)
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if attribute is None else None
    if attribute == ATTR_WEATHER_TEMPERATURE:
        unit = state.attributes.get(ATTR_WEATHER_TEMPERATURE_UNIT)
    shown = f"{text} {unit}" if unit else text
    name = state.name if attribute is None else f"{state.name}: {attribute}"
    return f"{name} ({shown})"


def _value_label(value: Raw) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return NO_VALUE if value is None or value == "" else str(value)


def _likely_kind(state: State) -> SignalKind:
    text = state.state.casefold()
    if text in {"on", "off"}:
        return SignalKind.ON_OFF
    try:
        float(text)
    except ValueError:
        return SignalKind.TOKEN if "," in text else SignalKind.EQUALS
    return SignalKind.THRESHOLD
