"""The strips carry too much of the load above freezing: the heat pump is too small."""

from ...model import Alert, Severity
from ...units import NumberSpec
from ..context import AlertContext
from ..facts import count, percent, temperature
from ..rule import Rule, Trigger
from ..verdict import NOT_MET, UNKNOWN, Thresholds, Verdict


def is_undersized(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Check whether the strips carry too much of the load above freezing."""
    sizing = context.sizing
    if sizing is None:
        return UNKNOWN
    shares = [
        (low, high, share)
        for low, high, share in sizing.aux_shares
        if 100 * share > thresholds["share"]
    ]
    if sizing.heating_days < thresholds["days"] or not shares:
        return NOT_MET
    low, high, share = max(shares, key=lambda outdoor_bin: outdoor_bin[2])
    return Verdict(
        holds=True,
        facts={
            "worst": percent(100 * share),
            "low": temperature(low),
            "high": temperature(high),
            "days": count(sizing.heating_days),
        },
    )


RULE = Rule(
    alert=Alert.UNDERSIZED,
    severity=Severity.INFO,
    thresholds={
        "days": NumberSpec(30, 7, 200, 1, "d", "Fewer are one spell of weather."),
        "share": NumberSpec(
            10,
            2,
            90,
            1,
            "%",
            "A pump of the right size leaves under a tenth to strips above 30 °F.",
        ),
    },
    triggers=(Trigger(condition=is_undersized),),
    suppressed_by=frozenset({Alert.NOT_HEATING}),
    raises_after_suppression=True,
    depends_on_aux_signal=True,
)
