"""Describes the sensors of a guard, and how each is read from the view.

Only sensors that a dashboard needs it for have a state class: the recorder works every five minutes
for each sensor with a state class, and the long-term statistics hold the history for charts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfEnergy,
    UnitOfTemperature,
    UnitOfTime,
)
from homeassistant.helpers.typing import StateType

from .core.account.energy import Amounts
from .core.account.figures import Window
from .core.account.ledger import Totals
from .core.engine import View
from .core.model import Cause, HeatState, Run
from .core.protection.decision import REASONS, Decision

SECONDS_PER_MINUTE = 60


@dataclass(frozen=True, slots=True)
class SensorValue:
    """The value and the attributes of a sensor."""

    value: StateType | datetime
    attributes: Mapping[str, Any] | None = None
    last_reset: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class GuardSensorDescription[DataT](SensorEntityDescription):
    """A sensor, and how to read it from the view."""

    data_fn: Callable[[View], DataT]
    """Function that returns the shown part of the view: same object means same value."""
    value_fn: Callable[[DataT], SensorValue]


def _aux(totals: Totals) -> float:
    return totals.aux


def _heat_pump(totals: Totals) -> float:
    return totals.heat_pump


def _emergency(totals: Totals) -> float:
    return totals.emergency


def _today(view: View) -> Window:
    return view.figures.today


def _heat_source(view: View) -> SensorValue:
    heat = view.heat
    return SensorValue(
        None if heat.state is HeatState.UNKNOWN else heat.state.value,
        {
            "evidence_quality": heat.quality and heat.quality.value,
            "strange": sorted(
                {piece.unknown_value for piece in view.evidence if piece.unknown_value}
            ),
        },
    )


def _last_run(run: Run | None) -> SensorValue:
    if run is None:
        return SensorValue(None)
    # The runtime sensors show the length of the current run; here it would cause a write a minute.
    return SensorValue(
        run.start,
        {
            "end": run.end,
            "duration_seconds": None if run.is_running else round(run.seconds),
            "cause": run.cause.value,
        },
    )


def _last_cause(run: Run | None) -> SensorValue:
    return SensorValue(
        None if run is None else run.cause.value, {"running": run.is_running} if run else None
    )


def _today_so_far(view: View) -> Window:
    return view.figures.today_so_far


def _month(view: View) -> Window:
    return view.figures.month


def _season(view: View) -> Window:
    return view.figures.season


def _total(view: View) -> Window:
    return view.figures.total


def _aux_share(day: Window) -> SensorValue:
    return SensorValue(
        None if day.aux_share is None else round(100 * day.aux_share),
        {"coverage": _percent(min(day.coverage, day.heat_pump_coverage))},
    )


def _runtime(
    key: str,
    window: Callable[[View], Window],
    amount: Callable[[Totals], float],
    unit: UnitOfTime = UnitOfTime.HOURS,
    **description: Any,  # noqa: ANN401
) -> GuardSensorDescription[Window]:
    """Describe a runtime. It is exact in seconds, and displayed in minutes or hours."""

    def read(window_data: Window) -> SensorValue:
        coverage = window_data.heat_pump_coverage if amount is _heat_pump else window_data.coverage
        return SensorValue(
            float(round(amount(window_data.totals))), {"coverage": _percent(coverage)}
        )

    return GuardSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=unit,
        suggested_display_precision=2,
        data_fn=window,
        value_fn=read,
        **description,
    )


def _energy(
    key: str,
    window: Callable[[View], Window],
    **description: Any,  # noqa: ANN401
) -> GuardSensorDescription[Window]:
    """Describe an energy of aux heat, in kWh."""
    resets = description["state_class"] is SensorStateClass.TOTAL

    def read(window_data: Window) -> SensorValue:
        unmeasured = round(window_data.amounts.unmeasured / SECONDS_PER_MINUTE)
        return SensorValue(
            _round(window_data.amounts.kwh),
            {
                "coverage": _percent(window_data.coverage),
                **({"unmeasured_minutes": unmeasured} if unmeasured else {}),
            },
            window_data.start if resets else None,
        )

    return GuardSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        data_fn=window,
        value_fn=read,
        **description,
    )


def _cost(
    key: str, window: Callable[[View], Window], amount: Callable[[Amounts], float | None]
) -> GuardSensorDescription[Window]:
    """Describe a cost, in the home's currency."""

    def read(window_data: Window) -> SensorValue:
        unpriced = _round(window_data.amounts.unpriced)
        money = amount(window_data.amounts)
        return SensorValue(
            None if money is None else _round(money),
            {
                "coverage": _percent(window_data.coverage),
                **({"unpriced_kwh": unpriced} if unpriced else {}),
            },
        )

    return GuardSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.MONETARY,
        suggested_display_precision=2,
        data_fn=window,
        value_fn=read,
    )


def _total_cost(amounts: Amounts) -> float:
    return amounts.cost


def _avoidable_cost(amounts: Amounts) -> float | None:
    """Return the avoidable cost; None if the outdoor temperature, which it needs, is unknown."""
    return None if amounts.cost and not amounts.outdoor_seconds else amounts.avoidable


def _round(amount: float) -> float:
    """Round to hundredths, so that noise causes no state writes, and never to -0.0."""
    return round(amount, 2) + 0.0


def _percent(share: float) -> float:
    return round(100 * share, 1)


RUNTIME_SEASON = _runtime("aux_runtime_season", _season, _aux)

SENSORS: tuple[GuardSensorDescription[Any], ...] = (
    GuardSensorDescription(
        key="heat_source",
        translation_key="heat_source",
        device_class=SensorDeviceClass.ENUM,
        options=[state.value for state in HeatState if state is not HeatState.UNKNOWN],
        data_fn=lambda view: view,
        value_fn=_heat_source,
    ),
    _runtime("aux_runtime_today", _today, _aux, UnitOfTime.MINUTES),
    _runtime("aux_runtime_24h", lambda view: view.figures.day, _aux, UnitOfTime.MINUTES),
    _runtime(
        "aux_runtime_7d",
        lambda view: view.figures.seven_days,
        _aux,
        entity_registry_enabled_default=False,
    ),
    _runtime(
        "aux_runtime_week",
        lambda view: view.figures.week,
        _aux,
        entity_registry_enabled_default=False,
    ),
    _runtime("aux_runtime_month", _month, _aux),
    _runtime(
        "aux_runtime_total",
        _total,
        _aux,
        state_class=SensorStateClass.TOTAL_INCREASING,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    _runtime(
        "heat_pump_runtime_today", _today_so_far, _heat_pump, entity_registry_enabled_default=False
    ),
    _runtime(
        "emergency_runtime_today",
        _today,
        _emergency,
        UnitOfTime.MINUTES,
        entity_registry_enabled_default=False,
    ),
    GuardSensorDescription(
        key="aux_cycles_today",
        translation_key="aux_cycles_today",
        data_fn=_today,
        value_fn=lambda today: SensorValue(today.totals.cycles),
    ),
    GuardSensorDescription(
        key="aux_share_24h",
        translation_key="aux_share_24h",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        data_fn=lambda view: view.figures.day,
        value_fn=_aux_share,
    ),
    GuardSensorDescription(
        key="last_aux_run",
        translation_key="last_aux_run",
        device_class=SensorDeviceClass.TIMESTAMP,
        data_fn=lambda view: view.run,
        value_fn=_last_run,
    ),
    GuardSensorDescription(
        key="last_aux_cause",
        translation_key="last_aux_cause",
        device_class=SensorDeviceClass.ENUM,
        options=[cause.value for cause in Cause],
        data_fn=lambda view: view.run,
        value_fn=_last_cause,
    ),
)

APPLIED_SETPOINT = GuardSensorDescription[Decision | None](
    key="applied_setpoint",
    translation_key="applied_setpoint",
    device_class=SensorDeviceClass.TEMPERATURE,
    native_unit_of_measurement=UnitOfTemperature.CELSIUS,
    data_fn=lambda view: view.decision,
    value_fn=lambda decision: SensorValue(
        None if decision is None else decision.displayed_setpoint
    ),
)
PLANNED_START = GuardSensorDescription[Decision | None](
    key="planned_start",
    translation_key="planned_start",
    device_class=SensorDeviceClass.TIMESTAMP,
    data_fn=lambda view: view.decision,
    value_fn=lambda decision: SensorValue(
        None if decision is None else decision.recovery_plan.start
    ),
)
LIMIT = GuardSensorDescription[Decision | None](
    key="limit",
    translation_key="limit",
    device_class=SensorDeviceClass.ENUM,
    options=[reason.value for reason in REASONS],
    data_fn=lambda view: view.decision,
    value_fn=lambda decision: SensorValue(None if decision is None else decision.reason.value),
)

PROTECTION_SENSORS = (APPLIED_SETPOINT, PLANNED_START, LIMIT)
"""The sensors of the decision on the setpoint."""

ENERGY_SENSORS = (
    _energy("aux_energy_total", _total, state_class=SensorStateClass.TOTAL_INCREASING),
    _energy(
        "aux_energy_today",
        _today,
        state_class=SensorStateClass.TOTAL,
        entity_registry_enabled_default=False,
    ),
    _energy(
        "aux_energy_month",
        _month,
        state_class=SensorStateClass.TOTAL,
        entity_registry_enabled_default=False,
    ),
    _energy(
        "aux_energy_season",
        _season,
        state_class=SensorStateClass.TOTAL,
        entity_registry_enabled_default=False,
    ),
)
"""The energy of aux heat."""

COST_SENSORS = (
    _cost("aux_cost_today", _today, _total_cost),
    _cost("aux_cost_month", _month, _total_cost),
    _cost("aux_cost_season", _season, _total_cost),
    _cost("avoidable_cost_season", _season, _avoidable_cost),
)
"""The cost of aux heat, and the part that the heat pump alone would have saved."""
