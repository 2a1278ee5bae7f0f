"""What all tests share: where Home Assistant is not installed, the core and the lab still import."""

import importlib.util
from pathlib import Path
import sys
import types

ROOT = Path(__file__).parent.parent


def _stand_in(name: str, folder: Path) -> None:
    """Register a package without running its __init__, which needs Home Assistant."""
    package = types.ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package


if importlib.util.find_spec("homeassistant") is None:
    _stand_in("custom_components", ROOT / "custom_components")
    _stand_in("custom_components.aux_heat_guard", ROOT / "custom_components/aux_heat_guard")
