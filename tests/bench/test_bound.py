"""The least possible aux heat, in cases that can be calculated by hand."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from scipy.optimize import OptimizeResult, linprog  # type: ignore[import-untyped] # only the benchmark's environment has it

from lab.bound import SOLVER_SETTINGS, WinterModel, least_aux, model_winter, solve
from lab.house import House
from lab.policies import ScheduledSetpoint
from lab.trial import Outcome, Trial, simulate
from lab.units import J_PER_BTU, J_PER_KWH, celsius
from lab.variants import VARIANTS
from lab.winter import Winter

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
BTU_PER_KWH = J_PER_KWH / J_PER_BTU


def winter(outdoor_f: float, days: int = 2) -> Winter:
    return Winter(
        begin=BEGIN,
        outdoor_c=(celsius(outdoor_f),) * (24 * days),
        sun_w_per_m2=(0.0,) * (24 * days),
    )


def three_step_winter(capacity: list[float], highest: float) -> WinterModel:
    """Return a room at its setpoint of 20 °C that loses 1 K a step and gains 1 K a kilowatt."""
    steps = np.ones(3)
    given = np.array([[19.0, 20.0], [-1.0, 0.0], [-1.0, 0.0]])
    return WinterModel(
        step_h=1.0,
        retention=np.eye(2),
        heat_gain=np.array([1.0, 0.0]),
        unheated=given,
        capacity=np.array(capacity),
        power=0.4 * steps,
        lowest_wanted=20.0 * steps,
        warmest=highest * steps,
    )


@pytest.mark.parametrize(
    ("capacity", "highest", "short", "coldest", "strips"),
    [
        ([1, 1, 1], 20, 0, 20, 0),
        ([0.5, 0.5, 0.5], 20, 0, 20, 1.5),  # half of each step
        ([2, 0.5, 0.5], 20, 0, 20, 1),  # no room to heat ahead
        ([2, 0.5, 0.5], 20.5, 0, 20, 0.5),  # as far ahead as allowed
        ([2, 0.5, 0.5], 21, 0, 20, 0),
        ([0.5, 0.5, 0.5], 20, 0.5, 15, 1),  # short at the end, because nothing comes after it
        ([0.5, 0.5, 0.5], 20, 0.5, 19.8, 1.3),  # but nowhere colder than that
    ],
)
def test_strips_supply_the_heat_the_pump_cannot_give_in_time(
    capacity: list[float], highest: float, short: float, coldest: float, strips: float
) -> None:
    found = solve(three_step_winter(capacity, highest), 10.0, short, coldest)

    assert found is not None
    assert found.strips.sum() == pytest.approx(strips)
    assert found.shortfall.sum() == pytest.approx(short if strips else 0, abs=1e-6)


def test_an_infeasible_problem_raises() -> None:
    with pytest.raises(ValueError, match="no way"):
        solve(three_step_winter([0.5, 0.5, 0.5], 20), 0.1, 0.0, 20.0)


@pytest.mark.parametrize("troubles", [1, len(SOLVER_SETTINGS) + 1])
def test_numerical_trouble_falls_back_to_the_next_solver(
    monkeypatch: pytest.MonkeyPatch, troubles: int
) -> None:
    asked = list[str]()

    def fail_to_solve(*arguments: object, method: str, **programme: object) -> object:
        asked.append(method)
        return (
            OptimizeResult(status=4)
            if len(asked) <= troubles
            else linprog(*arguments, method=method, **programme)
        )

    trial, reached = (
        VARIANTS["no_setback"].trial(winter(5)),
        Outcome(aux_kwh=0, total_kwh=0, dh_per_day=0.0, writes_per_day=0, min_room_f=69),
    )
    untroubled = least_aux(trial, reached)
    monkeypatch.setattr("lab.bound.linprog", fail_to_solve)

    assert least_aux(trial, reached).aux_kwh == pytest.approx(untroubled.aux_kwh, rel=0.02)
    assert asked == [way["method"] for way in (*SOLVER_SETTINGS, *SOLVER_SETTINGS)][: troubles + 1]


def test_numerical_trouble_in_every_solver_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.bound.linprog", lambda *_, **__: OptimizeResult(status=4))

    with pytest.raises(ArithmeticError, match="trouble"):
        least_aux(
            VARIANTS["no_setback"].trial(winter(5)),
            Outcome(aux_kwh=0, total_kwh=0, dh_per_day=0.0, writes_per_day=0, min_room_f=69),
        )


def test_the_model_matches_the_lab_house() -> None:
    course = model_winter(Trial(winter=winter(35)), 30)
    settled = np.linalg.solve(np.eye(2) - course.retention, course.unheated[1])

    # Gains of 650 W over a loss of 450 Btu/h °F; half of them through the mass.
    loss = House().loss_w_per_k
    assert settled == pytest.approx(
        [celsius(35) + 650 / loss, celsius(35) + 650 / loss + 325 / House().coupling_w_per_k]
    )


def test_in_steady_cold_the_strips_give_what_the_pump_lacks() -> None:
    days = 6
    trial = VARIANTS["no_setback"].trial(winter(5, days))
    reached = Outcome(aux_kwh=0, total_kwh=0, dh_per_day=0.0, writes_per_day=0, min_room_f=69)

    found = least_aux(trial, reached)

    # At 69 °F the house loses 450 Btu/h for each °F; people give 0.65 kW, the pump 21.6 - 12 * 14.4
    # / 30 kBtu/h.
    # Until then the house releases stored heat: 13 kBtu for the first °F.
    lacking_kw = (450 * 64 - 15_840) / BTU_PER_KWH - 0.65
    assert found.aux_kwh == pytest.approx(24 * days * lacking_kw - 13_000 / BTU_PER_KWH, rel=0.02)
    assert (found.dh_per_day, found.min_room_f, found.writes_per_day) == pytest.approx(
        (0.0, 69.0, 0.0), abs=1e-6
    )
    # And the heat pump runs all the time, at a COP of 2.3 - 12 * 1.2 / 30.
    assert found.total_kwh - found.aux_kwh == pytest.approx(
        24 * days * 15_840 / BTU_PER_KWH / 1.82, rel=0.01
    )


@pytest.mark.parametrize(("outdoor_f", "some"), [(30, False), (12, True)])
def test_the_guard_never_beats_the_bound(outdoor_f: float, some: bool) -> None:
    base, cold = VARIANTS["droop"], winter(outdoor_f)
    trial = base.trial(cold)
    step, guarded = (
        simulate(trial, ScheduledSetpoint(base.schedule)),
        simulate(trial, base.guard(cold)),
    )

    found = least_aux(trial, guarded)

    assert (found.aux_kwh > 1) is some
    assert found.aux_kwh <= guarded.aux_kwh < step.aux_kwh
    assert found.dh_per_day <= guarded.dh_per_day + 1e-6
    assert found.min_room_f >= guarded.min_room_f - 1e-6
    # If the room may be colder, less aux heat is needed.
    assert (
        least_aux(trial, replace(guarded, dh_per_day=9.0, min_room_f=55)).aux_kwh <= found.aux_kwh
    )


def test_a_home_that_is_always_held_at_its_setpoint_is_the_warmest() -> None:
    trial = VARIANTS["no_setback"].trial(winter(20))
    warmest = model_winter(trial, 30).warmest

    assert warmest == pytest.approx([celsius(70.5)] * len(warmest))
    assert max(
        model_winter(VARIANTS["no_setback"].trial(winter(75, days=6)), 30).warmest
    ) > celsius(75)
