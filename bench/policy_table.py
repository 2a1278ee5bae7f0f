"""The tables of the policy benchmark."""

from collections.abc import Iterator, Mapping

from bench.contenders import Outcomes, Results
from bench.targets import closure_share, judge, share_spared
from lab.variants import BASE
from lab.winter import Winter

OUTCOME_FIELDS = ("aux_kwh", "total_kwh", "dh_per_day", "writes_per_day", "min_room_f")


def format_table(results: Results, winters: Mapping[str, Winter]) -> str:
    """Return the results as text: the base by policy, the variants, and the targets."""
    lines: list[str] = []
    for weather, variants in results.items():
        lines += [*_rows_by_policy(weather, variants[BASE]), ""]
        lines += [*_rows_by_variant(variants), ""] if len(variants) > 1 else []
        verdicts = [str(verdict) for verdict in judge(weather, winters[weather], variants)]
        lines += [*verdicts, ""] if verdicts else []
    return "\n".join(lines)


def plain_results(results: Results) -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    """Return the figures as plain values, by weather, variant and policy."""
    return {
        weather: {
            variant: {
                policy: {figure: getattr(outcome, figure) for figure in OUTCOME_FIELDS}
                for policy, outcome in outcomes.items()
            }
            for variant, outcomes in variants.items()
        }
        for weather, variants in results.items()
    }


def _rows_by_policy(weather: str, outcomes: Outcomes) -> Iterator[str]:
    yield from _header(
        f"{weather:<17} {'AUX kWh':>8} {'total kWh':>10} {'DH a day':>9}"
        f" {'writes a day':>13} {'coldest °F':>11}"
    )
    for name, one in outcomes.items():
        yield (
            f"{name:<17} {one.aux_kwh:8.0f} {one.total_kwh:10.0f} {one.dh_per_day:9.2f}"
            f" {one.writes_per_day:13.1f} {one.min_room_f:11.1f}"
        )


def _rows_by_variant(variants: Mapping[str, Outcomes]) -> Iterator[str]:
    yield from _header(
        f"{'':<17} {'AUX kWh':>8} {'':>8} {'':>6} {'':>6}"
        f" {'spared':>7} {'closure':>8} {'total kWh':>10} {'':>6} {'DH a day':>9} {'':>6}"
        f" {'writes':>7}",
        f"{'variant':<17} {'step':>8} {'constant':>8} {'guard':>6} {'bound':>6}"
        f" {'%':>7} {'%':>8} {'step':>10} {'guard':>6} {'step':>9} {'guard':>6} {'guard':>7}",
    )
    for name, outcomes in variants.items():
        step, constant, guard, bound = (
            outcomes[policy] for policy in ("step", "constant", "guard", "bound")
        )
        aux = (
            f"{step.aux_kwh:8.0f} {constant.aux_kwh:8.0f} {guard.aux_kwh:6.0f} {bound.aux_kwh:6.0f}"
        )
        shares = f"{100 * share_spared(outcomes):7.1f} {100 * closure_share(outcomes):8.1f}"
        yield (
            f"{name:<17} {aux} {shares} {step.total_kwh:10.0f} {guard.total_kwh:6.0f} "
            f"{step.dh_per_day:9.2f} {guard.dh_per_day:6.2f} {guard.writes_per_day:7.1f}"
        )


def _header(*lines: str) -> Iterator[str]:
    yield from lines
    yield "-" * max(map(len, lines))
