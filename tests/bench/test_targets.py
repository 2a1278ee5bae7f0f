"""The targets of the guard."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bench.contenders import POLICIES
from bench.targets import TargetCheck, closure_share, judge, mild_kwh, share_spared
from lab.trial import Outcome
from lab.units import celsius
from lab.variants import BASE, VARIANTS
from lab.winter import Winter

DAYS = 21
STEP = Outcome(
    aux_kwh=600,
    total_kwh=3500,
    dh_per_day=1.2,
    writes_per_day=2,
    min_room_f=60,
    aux_by_day=(600 / DAYS,) * DAYS,
)


def winter(*by_week_f: float) -> Winter:
    hours = tuple(celsius(outdoor) for outdoor in by_week_f for _ in range(24 * 7))
    return Winter(
        begin=datetime(2026, 11, 1, tzinfo=UTC), outdoor_c=hours, sun_w_per_m2=(0.0,) * len(hours)
    )


def outcomes(guard: Outcome) -> Mapping[str, Outcome]:
    return dict.fromkeys(POLICIES, STEP) | {"bound": replace(STEP, aux_kwh=20.0), "guard": guard}


GOOD = outcomes(
    Outcome(
        aux_kwh=30,
        total_kwh=3300,
        dh_per_day=0.2,
        writes_per_day=7,
        min_room_f=61,
        aux_by_day=(0.0,) * 7 + (30 / 14,) * 14,
    )
)
BAD = outcomes(
    Outcome(
        aux_kwh=700,
        total_kwh=3600,
        dh_per_day=2,
        writes_per_day=7,
        min_room_f=61,
        aux_by_day=(700 / DAYS,) * DAYS,
    )
)
COLD_IN_THE_MIDDLE = winter(30, 10, 20)


def verdict_numbers(verdicts: list[TargetCheck]) -> set[int]:
    return {verdict.number for verdict in verdicts}


def test_closure_is_the_share_of_avoidable_aux_that_is_spared() -> None:
    assert share_spared(GOOD) == pytest.approx(0.95)
    assert closure_share(GOOD) == pytest.approx(570 / 580)
    assert (share_spared(BAD) < 0, closure_share(BAD) < 0) == (True, True)


def test_without_aux_all_is_spared_and_closure_is_zero() -> None:
    nothing = dict.fromkeys(
        POLICIES, Outcome(aux_kwh=0, total_kwh=3000, dh_per_day=0, writes_per_day=0, min_room_f=69)
    )

    assert (share_spared(nothing), closure_share(nothing)) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("weather", "wanted"),
    [("greensboro", {1, 2, 3, 4, 6}), ("greensboro_cold", {1, 2, 3, 4, 6}), ("elsewhere", set())],
)
def test_the_base_alone(weather: str, wanted: set[int]) -> None:
    assert verdict_numbers(list(judge(weather, COLD_IN_THE_MIDDLE, {BASE: GOOD}))) == wanted


@pytest.mark.parametrize(
    ("weather", "wanted"),
    [
        ("greensboro", {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13}),
        ("greensboro_cold", {1, 2, 3, 4, 5, 6, 11, 12, 13}),
    ],
)
def test_all_variants(weather: str, wanted: set[int]) -> None:
    assert (
        verdict_numbers(list(judge(weather, COLD_IN_THE_MIDDLE, dict.fromkeys(VARIANTS, GOOD))))
        == wanted
    )


def test_good_outcomes_meet_the_targets_and_bad_ones_miss_them() -> None:
    good = list(judge("greensboro", winter(30, 10, 10), dict.fromkeys(VARIANTS, GOOD)))
    bad = list(judge("greensboro", winter(30, 10, 10), dict.fromkeys(VARIANTS, BAD)))

    # If all outcomes are alike, a cold-climate pump spares no more than the others, and the
    # settings of another pump cost nothing.
    assert verdict_numbers([verdict for verdict in good if not verdict.is_met]) == {7}
    assert verdict_numbers([verdict for verdict in bad if verdict.is_met]) == {5}


@pytest.mark.parametrize(
    ("by_week", "kwh"),
    [((30, 10, 20), 15.0), ((18.1, 30, 30), 30.0), ((10, 30, 18.0), 15.0), ((10, 10, 10), 0.0)],
)
def test_weeks_above_the_balance_point(by_week: tuple[float, ...], kwh: float) -> None:
    assert mild_kwh(winter(*by_week), GOOD["guard"]) == pytest.approx(kwh)


def test_a_part_of_a_week_at_the_end_counts() -> None:
    hours = (celsius(30),) * (24 * 10)
    ten_days = Winter(
        begin=datetime(2026, 11, 1, tzinfo=UTC), outdoor_c=hours, sun_w_per_m2=(0.0,) * len(hours)
    )

    assert (
        mild_kwh(
            ten_days,
            Outcome(
                aux_kwh=1,
                total_kwh=1,
                dh_per_day=0,
                writes_per_day=0,
                min_room_f=60,
                aux_by_day=(0.0,) * 7 + (1.0,) * 3,
            ),
        )
        == 3.0
    )


def test_a_verdict_in_words() -> None:
    assert str(
        TargetCheck(number=4, what="closure", value=0.97, limit=0.95, is_least=True)
    ).split() == [
        "4",
        "closure",
        "0.970",
        ">=",
        "0.950",
        "met",
    ]
    assert str(TargetCheck(number=3, what="DH", value=0.97, limit=0.95)).endswith(
        "<= 0.950  missed"
    )
