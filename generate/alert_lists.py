"""Writes the lists of alerts in YAML files from the registry of alert rules."""

import json
from pathlib import Path
import re

from custom_components.aux_heat_guard.core.alerts.rules import RULES
from custom_components.aux_heat_guard.core.model import Alert

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "custom_components/aux_heat_guard"
LISTS = [PACKAGE / name for name in ("services.yaml", "triggers.yaml", "conditions.yaml")]
BLUEPRINT = ROOT / "blueprints/automation/aux_heat_guard/alert_on_phone.yaml"
TEXTS = PACKAGE / "translations/en.json"

OPTIONS = re.compile(r"(translation_key: alert\n( +)options:\n)(?:\2  - \w+\n?)+")
LABELS = re.compile(r"(?:( +)- \{label: [^\n]*, value: (?!summary\b)\w+\}\n)+")
ALLOWABLE = re.compile(r"(set allowable = said\.alert in )\[[^\]]*\]")


def with_options(text: str) -> str:
    """Return a description of actions, triggers or conditions with the current alerts."""

    def options(match: re.Match[str]) -> str:
        end = "\n" if match[0].endswith("\n") else ""
        return match[1] + "\n".join(f"{match[2]}  - {alert.value}" for alert in Alert) + end

    return OPTIONS.sub(options, text)


def with_labels(text: str) -> str:
    """Return the blueprint with the names of the current alerts, and those that can be allowed."""
    names = json.loads(TEXTS.read_text())["selector"]["alert"]["options"]
    allowable = [alert.value for alert, rule in RULES.items() if rule.waits_while_allowed]

    def labels(match: re.Match[str]) -> str:
        return "".join(
            f"{match[1]}- {{label: {names[alert.value]}, value: {alert.value}}}\n"
            for alert in Alert
        )

    return ALLOWABLE.sub(rf"\g<1>{allowable}", LABELS.sub(labels, text))


def generated_files() -> dict[Path, str]:
    """Return the current text of each file with lists of alerts."""
    files = {path: with_options(path.read_text()) for path in LISTS}
    return {**files, BLUEPRINT: with_labels(BLUEPRINT.read_text())}


def main() -> None:
    """Write the files."""
    for path, text in generated_files().items():
        path.write_text(text)


if __name__ == "__main__":
    main()
