"""Makes the core importable where Home Assistant is not installed."""

import importlib.util
from pathlib import Path
import sys
import types

ROOT = Path(__file__).parent.parent
SHELL = "custom_components.aux_heat_guard"


def let_core_stand_alone() -> None:
    """Register the packages around the core without their `__init__`, which needs Home Assistant.

    Does nothing where Home Assistant is installed.
    """
    if importlib.util.find_spec("homeassistant") is not None:
        return
    for name in (SHELL.partition(".")[0], SHELL):
        package = types.ModuleType(name)
        package.__path__ = [str(ROOT.joinpath(*name.split(".")))]
        sys.modules[name] = package
