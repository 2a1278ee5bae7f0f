"""The core imports only itself and the standard library, and reads no clock.

pyproject.toml states which of its packages may import which, for import-linter.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
import sys

import pytest

from custom_components.aux_heat_guard.core import model

CORE = Path(model.__file__).parent
MODULES = sorted(CORE.rglob("*.py"))


def module_name(module: Path) -> str:
    return ".".join(module.relative_to(CORE).with_suffix("").parts)


def find_imports(module: Path) -> Iterator[tuple[int, str]]:
    """Return all imports, each (number of leading dots, name)."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            named = [node.module] if node.module else [alias.name for alias in node.names]
            yield from ((node.level, imported) for imported in named)


@pytest.mark.parametrize("module", MODULES, ids=module_name)
def test_nothing_but_the_standard_library_and_the_core_itself_is_imported(module: Path) -> None:
    depth = len(module.relative_to(CORE).parts)
    for level, imported in find_imports(module):
        if level:
            assert level <= depth, f"{imported} lies outside the core"
        else:
            assert imported.split(".")[0] in sys.stdlib_module_names


@pytest.mark.parametrize("module", MODULES, ids=module_name)
def test_nothing_reads_a_clock_or_does_input_or_output(module: Path) -> None:
    tree = ast.parse(module.read_text())
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    }

    assert not called & {
        "now",
        "utcnow",
        "today",
        "monotonic",
        "open",
        "print",
        "read_text",
        "write_text",
        "getLogger",
        "sleep",
    }
    assert not {imported.split(".")[0] for _, imported in find_imports(module)} & {
        "time",
        "logging",
        "os",
        "io",
        "asyncio",
        "random",
    }
