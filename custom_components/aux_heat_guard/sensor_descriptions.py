"""What the sensors of a guard are, and how each is read off the view.

A state class is only where a dashboard wants it: the recorder works each minute for a sensor that has one, and what charts need over years
is in the long-term statistics already.
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
from .core.protection.decision import Decision, Holder

SECONDS_PER_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Shown:
    """What a sensor shows."""

    value: StateType | datetime
    attributes: Mapping[str, Any] | None = None
    last_reset: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class GuardSensorDescription[SubjectT](SensorEntityDescription):
    """A sensor and how to read it off the view."""

    subject: Callable[[View], SubjectT]
    """The part of the view that it looks at: where that is the very same, so is what is shown."""
    shown: Callable[[SubjectT], Shown]


def _aux(totals: Totals) -> float:
    return totals.aux


def _heat_pump(totals: Totals) -> float:
    return totals.heat_pump


def _emergency(totals: Totals) -> float:
    return totals.emergency


def _today(view: View) -> Window:
    return view.figures.today


def _heat_source(view: View) -> Shown:
    heat = view.heat
    return Shown(
        None if heat.state is HeatState.UNKNOWN else heat.state.value,
        {
            "evidence_quality": heat.quality and heat.quality.value,
            "strange": sorted({piece.strange for piece in view.evidence if piece.strange}),
        },
    )


def _last_run(run: Run | None) -> Shown:
    if run is None:
        return Shown(None)
    # While it runs its length is in the runtime sensors; here it would cost a write a minute.
    return Shown(
        run.start,
        {
            "end": run.end,
            "duration_seconds": None if run.running else round(run.seconds),
            "cause": run.cause.value,
        },
    )


def _last_cause(run: Run | None) -> Shown:
    return Shown(
        None if run is None else run.cause.value, {"running": run.running} if run else None
    )


def _today_so_far(view: View) -> Window:
    return view.figures.today_so_far


def _month(view: View) -> Window:
    return view.figures.month


def _season(view: View) -> Window:
    return view.figures.season


def _ever(view: View) -> Window:
    return view.figures.total


def _share(day: Window) -> Shown:
    return Shown(
        None if day.share is None else round(100 * day.share),
        {"coverage": _percent(min(day.coverage, day.heat_pump_coverage))},
    )


def _runtime(
    key: str,
    window: Callable[[View], Window],
    amount: Callable[[Totals], float],
    unit: UnitOfTime = UnitOfTime.HOURS,
    **description: Any,  # noqa: ANN401
) -> GuardSensorDescription[Window]:
    """Describe a runtime. Seconds inside, so that nothing is lost; minutes or hours to the eye."""

    def shown(part: Window) -> Shown:
        seen = part.heat_pump_coverage if amount is _heat_pump else part.coverage
        return Shown(float(round(amount(part.totals))), {"coverage": _percent(seen)})

    return GuardSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=unit,
        suggested_display_precision=2,
        subject=window,
        shown=shown,
        **description,
    )


def _energy(
    key: str,
    window: Callable[[View], Window],
    **description: Any,  # noqa: ANN401
) -> GuardSensorDescription[Window]:
    """Describe an energy."""
    resets = description["state_class"] is SensorStateClass.TOTAL

    def shown(part: Window) -> Shown:
        unmeasured = round(part.amounts.unmeasured / SECONDS_PER_MINUTE)
        return Shown(
            _rounded(part.amounts.kwh),
            {
                "coverage": _percent(part.coverage),
                **({"unmeasured_minutes": unmeasured} if unmeasured else {}),
            },
            part.start if resets else None,
        )

    return GuardSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        subject=window,
        shown=shown,
        **description,
    )


def _cost(
    key: str, window: Callable[[View], Window], amount: Callable[[Amounts], float | None]
) -> GuardSensorDescription[Window]:
    """Describe a cost; the currency is the home's."""

    def shown(part: Window) -> Shown:
        unpriced = _rounded(part.amounts.unpriced)
        money = amount(part.amounts)
        return Shown(
            None if money is None else _rounded(money),
            {
                "coverage": _percent(part.coverage),
                **({"unpriced_kwh": unpriced} if unpriced else {}),
            },
        )

    return GuardSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.MONETARY,
        suggested_display_precision=2,
        subject=window,
        shown=shown,
    )


def _spent(amounts: Amounts) -> float:
    return amounts.cost


def _avoidable(amounts: Amounts) -> float | None:
    """Tell what was avoidable; None where the outdoor temperature, which tells it, was never known."""
    return None if amounts.cost and not amounts.outdoor_seconds else amounts.avoidable


def _rounded(amount: float) -> float:
    """Round to hundredths, so that noise makes no writes; nothing is never below nothing."""
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
        subject=lambda view: view,
        shown=_heat_source,
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
        _ever,
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
        subject=_today,
        shown=lambda today: Shown(today.totals.cycles),
    ),
    GuardSensorDescription(
        key="aux_share_24h",
        translation_key="aux_share_24h",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        subject=lambda view: view.figures.day,
        shown=_share,
    ),
    GuardSensorDescription(
        key="last_aux_run",
        translation_key="last_aux_run",
        device_class=SensorDeviceClass.TIMESTAMP,
        subject=lambda view: view.run,
        shown=_last_run,
    ),
    GuardSensorDescription(
        key="last_aux_cause",
        translation_key="last_aux_cause",
        device_class=SensorDeviceClass.ENUM,
        options=[cause.value for cause in Cause],
        subject=lambda view: view.run,
        shown=_last_cause,
    ),
)

APPLIED_SETPOINT = GuardSensorDescription[Decision | None](
    key="applied_setpoint",
    translation_key="applied_setpoint",
    device_class=SensorDeviceClass.TEMPERATURE,
    native_unit_of_measurement=UnitOfTemperature.CELSIUS,
    subject=lambda view: view.decision,
    shown=lambda decision: Shown(None if decision is None else decision.shown),
)
PLANNED_START = GuardSensorDescription[Decision | None](
    key="planned_start",
    translation_key="planned_start",
    device_class=SensorDeviceClass.TIMESTAMP,
    subject=lambda view: view.decision,
    shown=lambda decision: Shown(None if decision is None else decision.course.start),
)
LIMIT = GuardSensorDescription[Decision | None](
    key="limit",
    translation_key="limit",
    device_class=SensorDeviceClass.ENUM,
    options=[*Holder],
    subject=lambda view: view.decision,
    shown=lambda decision: Shown(None if decision is None else decision.holding.value),
)

PROTECTING = (APPLIED_SETPOINT, PLANNED_START, LIMIT)
"""What is decided on the setpoint."""

ENERGIES = (
    _energy("aux_energy_total", _ever, state_class=SensorStateClass.TOTAL_INCREASING),
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
"""What AUX drew."""

COSTS = (
    _cost("aux_cost_today", _today, _spent),
    _cost("aux_cost_month", _month, _spent),
    _cost("aux_cost_season", _season, _spent),
    _cost("avoidable_cost_season", _season, _avoidable),
)
"""What that cost, and what of it the heat pump alone would have spared."""
