"""An estimate for homes in which no other signal reports aux heat."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, override

from ...model import Observation, Quality, Raw
from ...settings.guard import OUTDOOR_STALE
from ...settings.signal import Reading, ReadingContext, Signal, SignalMemory, Timing
from ...units import NumberSpec
from ..values import current_outdoor, plausible_temperature

INFER_DROOP = NumberSpec(
    1.67, 0.5, 6, 0.01, "K", "3 °F under the setpoint is where most thermostats call for aux heat."
)
INFER_RECOVERED = NumberSpec(
    0.28, 0, 2, 0.01, "K", "0.5 °F: thermostats keep aux heat on until about the setpoint."
)
INFER_OUTDOOR = NumberSpec(
    4.44, -20, 20, 0.01, "°C", "40 °F: above it a sound heat pump carries a typical home."
)
INFER_AFTER = NumberSpec(
    600, 60, 7200, 60, "s", "A room sensor that jumps is over sooner; a stage timer seldom is."
)


ESTIMATE_TIMING = Timing(on_delay=timedelta(seconds=INFER_AFTER.default))
"""An estimate needs time to be believed; it ends at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceSignal(Signal):
    """On during a call for heat, with the room far below the setpoint and cold outdoors."""

    droop: float = INFER_DROOP.default
    """K below the setpoint at which the signal turns on."""
    recovered_within: float = INFER_RECOVERED.default
    """K below the setpoint at which the signal turns off."""
    outdoor_below: float = INFER_OUTDOOR.default
    """°C"""
    quality: Quality = Quality.INFERRED
    timing: Timing = ESTIMATE_TIMING

    is_selectable: ClassVar[bool] = False
    reads_temperatures: ClassVar[bool] = True

    @override
    @classmethod
    def decode(cls, options: Mapping[str, Any], timing: Timing) -> Self:
        return cls()

    @override
    def read(self, raw: Raw, context: ReadingContext) -> Reading:
        thermostat, outdoor = context.observation.thermostat, current_outdoor(context.observation)
        room = plausible_temperature(thermostat.room)
        setpoint = plausible_temperature(thermostat.setpoint)
        needed = self.recovered_within if context.memory.is_on else self.droop
        conditions = (
            None if thermostat.hvac_action is None else thermostat.hvac_action == "heating",
            None if room is None or setpoint is None else setpoint - room >= needed,
            None if outdoor is None else outdoor < self.outdoor_below,
        )
        # One condition that does not hold decides, even if the others are unknown.
        if False in conditions:
            return Reading(is_on=False)
        return Reading(None if None in conditions else True)

    @override
    def next_changes(self, observation: Observation, memory: SignalMemory) -> Iterable[datetime]:
        if observation.outdoor_last_reported is None:
            return ()
        return (observation.outdoor_last_reported + OUTDOOR_STALE + timedelta.resolution,)
