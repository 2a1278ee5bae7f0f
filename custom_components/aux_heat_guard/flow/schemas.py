"""The forms of the flows."""

from collections.abc import Iterable, Mapping
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
from ..core.model import Equipment, Role, Source
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

THERMOSTAT_SCHEMA = vol.Schema(
    {vol.Required(CONF_THERMOSTAT): EntitySelector(EntitySelectorConfig(domain="climate"))}
)

SIGNAL_ENTITY_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_ENTITY_ID): EntitySelector(),
        vol.Required(CONF_ROLE, default=Role.AUX.value): SelectSelector(
            SelectSelectorConfig(
                options=[role.value for role in Role],
                translation_key=CONF_ROLE,
                mode=SelectSelectorMode.LIST,
            )
        ),
    }
)


def evidence_schema(
    hass: HomeAssistant, candidates: Iterable[Candidate], chosen: list[str], *, estimate: bool
) -> vol.Schema:
    """Ask which of the signs that were found to go by; each with what it says now."""
    options = [
        SelectOptionDict(value=candidate.key, label=_candidate_label(hass, candidate))
        for candidate in candidates
    ]
    signs = {
        vol.Optional(CONF_SIGNALS, default=chosen): SelectSelector(
            SelectSelectorConfig(options=options, multiple=True, mode=SelectSelectorMode.LIST)
        )
    }
    return vol.Schema(
        {
            **(signs if options else {}),
            vol.Required(CONF_ESTIMATE, default=estimate): BooleanSelector(),
            vol.Required(CONF_ADD_SIGN, default=False): BooleanSelector(),
        }
    )


def signal_schema(state: State) -> vol.Schema:
    """Ask what of an entity to read, and how."""
    attributes = [name for name in state.attributes if name not in IGNORED_ATTRIBUTES]
    options = [SelectOptionDict(value=READS_STATE, label=_label(state, None))]
    options += [
        SelectOptionDict(value=f"{READS_STATE}.{name}", label=_label(state, name))
        for name in attributes
    ]
    return vol.Schema(
        {
            vol.Required(CONF_READS, default=READS_STATE): SelectSelector(
                SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN)
            ),
            vol.Required(CONF_KIND, default=_likely_kind(state).value): SelectSelector(
                SelectSelectorConfig(
                    options=SIGNAL_KINDS, translation_key=CONF_KIND, mode=SelectSelectorMode.LIST
                )
            ),
        }
    )


def words_schema(known: Iterable[str]) -> vol.Schema:
    """Ask which words mean it."""
    return vol.Schema(
        {
            vol.Required(CONF_VALUES, default=[]): SelectSelector(
                SelectSelectorConfig(
                    options=sorted(known),
                    multiple=True,
                    custom_value=True,
                    mode=SelectSelectorMode.DROPDOWN,
                )
            )
        }
    )


def level_schema(unit: str | None) -> vol.Schema:
    """Ask over which level it is on, and under which it is off again."""
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
    hass: HomeAssistant, found: Iterable[tuple[str, str | None]], chosen: Mapping[str, Any] | None
) -> vol.Schema:
    """Ask for the outdoor temperature; what was found is offered with what it says now."""
    options = [
        SelectOptionDict(
            value=outdoor_key(entity_id, attribute),
            label=_outdoor_label(hass, entity_id, attribute),
        )
        for entity_id, attribute in found
    ]
    chosen_key = outdoor_key(chosen[CONF_ENTITY_ID], chosen.get("attribute")) if chosen else None
    is_found = any(option["value"] == chosen_key for option in options)
    found_field = vol.Optional(
        CONF_OUTDOOR, description={"suggested_value": chosen_key if is_found else None}
    )
    other_field = vol.Optional(
        CONF_OUTDOOR_OTHER,
        description={
            "suggested_value": chosen[CONF_ENTITY_ID] if chosen and not is_found else None
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
    """Ask what AUX is here, and (where one is given) for the guard's name."""
    return vol.Schema(
        {
            vol.Required(CONF_EQUIPMENT, default=equipment): SelectSelector(
                SelectSelectorConfig(
                    options=[kind.value for kind in Equipment],
                    translation_key=CONF_EQUIPMENT,
                    mode=SelectSelectorMode.LIST,
                )
            ),
            vol.Required(CONF_STRIPS_KW, default=strips_kw): number_field(STRIPS_KW),
            **({vol.Required(CONF_NAME, default=name): TextSelector()} if name is not None else {}),
        }
    )


def zones_schema(chosen: list[str]) -> vol.Schema:
    """Ask for the other thermostats of the same equipment."""
    selector = EntitySelector(EntitySelectorConfig(domain="climate", multiple=True))
    return vol.Schema({vol.Optional(CONF_OTHERS, default=chosen): selector})


def timing_schema(timing: Mapping[str, float]) -> vol.Schema:
    """Ask for the delays."""
    return vol.Schema(
        {
            vol.Required(key, default=timing.get(key, number.default)): number_field(
                number, UnitOfTime.SECONDS
            )
            for key, number in TIMING_NUMBERS.items()
        }
    )


def outdoor_key(entity_id: str, attribute: str | None) -> str:
    """Name a source of outdoor temperature as one word."""
    return entity_id if attribute is None else f"{entity_id} {attribute}"


def number_field(number: NumberSpec, unit: str | None = None) -> NumberSelector:
    """Ask for a figure of the settings."""
    config = NumberSelectorConfig(
        min=number.minimum, max=number.maximum, step=number.step, mode=NumberSelectorMode.BOX
    )
    shown_unit = unit or number.unit
    if shown_unit:
        config["unit_of_measurement"] = shown_unit
    return NumberSelector(config)


def figure_field(number: NumberSpec, home_unit: str) -> NumberSelector:
    """Ask for a figure in the home's unit."""
    is_warmth = number.unit in {"°C", "K", "K/h"}
    config = NumberSelectorConfig(
        min=to_home_unit(number, number.minimum, home_unit),
        max=to_home_unit(number, number.maximum, home_unit),
        step="any" if is_warmth else number.step,
        mode=NumberSelectorMode.BOX,
    )
    unit = home_unit if is_warmth else UNITS.get(number.unit or "")
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
    counts = ", ".join(first.get("values", ()))
    if CONF_ON_ABOVE in first:
        counts = f"> {first[CONF_ON_ABOVE]:g} {first.get('unit') or ''}".strip()
    return f"{label} → {counts}" if counts else label


def _outdoor_label(hass: HomeAssistant, entity_id: str, attribute: str | None) -> str:
    read = (
        ATTR_WEATHER_TEMPERATURE
        if attribute is None and entity_id.startswith("weather.")
        else attribute
    )
    return _label(hass.states.get(entity_id), read, entity_id)


def _label(state: State | None, attribute: str | None, entity_id: str = "") -> str:
    """Name a source with what it says now."""
    if state is None:
        return f"{entity_id} ({NO_VALUE})"
    value = read_raw_value(state, Source(state.entity_id, attribute))
    text = (
        ", ".join(value)
        if isinstance(value, tuple)
        else NO_VALUE
        if value is None or value == ""
        else str(value)
    )
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if attribute is None else None
    if attribute == ATTR_WEATHER_TEMPERATURE:
        unit = state.attributes.get(ATTR_WEATHER_TEMPERATURE_UNIT)
    shown = f"{text} {unit}" if unit else text
    return (
        f"{state.name} ({shown})" if attribute is None else f"{state.name}: {attribute} ({shown})"
    )


def _likely_kind(state: State) -> SignalKind:
    text = state.state.casefold()
    if text in {"on", "off"}:
        return SignalKind.ON_OFF
    try:
        float(text)
    except ValueError:
        return SignalKind.TOKEN if "," in text else SignalKind.EQUALS
    return SignalKind.THRESHOLD
