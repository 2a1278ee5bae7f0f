"""Measures how fast the core replays recorded states: `scripts/bench replay [--json]`."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
import gc
import json
import statistics
import sys
import time

from custom_components.aux_heat_guard.core.account import replay
from custom_components.aux_heat_guard.core.account.tracker import begin_tracking
from custom_components.aux_heat_guard.core.model import Observation, Source, Thermostat
from custom_components.aux_heat_guard.core.sense.kinds import TokenSignal
from custom_components.aux_heat_guard.core.settings.guard import Settings

TARGET = 200_000
"""States a second: ten days of three states a minute in a fifth of a second."""
DAYS = 30
ROUNDS = 7
"""The result is the median of the rounds, because a busy machine slows down single ones."""
AUX_EVERY, AUX_FOR = 72, 12
"""Minutes: 20 runs and 4 hours of AUX a day."""
OUTDOOR_EVERY = 5
"""Minutes"""

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = Settings(
    signals=(TokenSignal(Source("climate.hall", "equipment_running"), frozenset({"auxheat1"})),)
)


def main() -> None:
    """Measure and print the result."""
    observations = list(make_observations())
    rates = [states_per_cpu_second(observations) for _ in range(ROUNDS)]
    figures = {
        "states_per_cpu_s": round(statistics.median(rates)),
        "best": round(max(rates)),
        "states": len(observations),
        "target": TARGET,
    }
    sys.stdout.write(
        f"{figures['states_per_cpu_s']:,} recorded states a second of CPU"
        f" (best {figures['best']:,}), target {TARGET:,}\n"
    )
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps(figures) + "\n")


def make_observations() -> Iterator[Observation]:
    """Yield one observation a minute, with changing room and outdoor temperatures."""
    for minute in range(DAYS * 24 * 60):
        aux = minute % AUX_EVERY < AUX_FOR
        yield Observation(
            at=BEGIN + timedelta(minutes=minute),
            readings=("heatPump,auxHeat1" if aux else "heatPump",),
            thermostat=Thermostat(
                hvac_mode="heat", hvac_action="heating", room=20 + minute % 7 / 10, setpoint=21.0
            ),
            outdoor=5.0 - minute // OUTDOOR_EVERY % 10,
        )


def states_per_cpu_second(observations: list[Observation]) -> float:
    """Return the states replayed in a second of CPU, in chunks of half a day."""
    chunk = 12 * 60
    replayed = replay.start_replay(begin_tracking(BEGIN, SETTINGS))
    gc.collect()
    begin = time.process_time()
    for first in range(0, len(observations), chunk):
        part = observations[first : first + chunk]
        replayed = replayed.advance(part, part[-1].at, SETTINGS)
    return len(observations) / (time.process_time() - begin)


if __name__ == "__main__":
    main()
