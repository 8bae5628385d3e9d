"""Names that packages take from their modules: the same thing, whatever was imported before."""

import subprocess
import sys
from importlib import import_module
from pkgutil import iter_modules, walk_packages
from types import ModuleType

import pytest

import simulator

PACKAGES = ["simulator", *(one.name for one in walk_packages(simulator.__path__, "simulator.") if one.ispkg)]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_public_name_of_a_package_is_one_of_its_modules(package: str) -> None:
    found = import_module(package)
    for module in iter_modules(found.__path__):
        import_module(f"{package}.{module.name}")
    assert [
        name for name in getattr(found, "__all__", ()) if isinstance(getattr(found, name), ModuleType)
    ] == []


def test_a_function_is_found_behind_an_import_of_the_module_that_has_its_name() -> None:
    code = (
        "from simulator.eligibility.screen import judge; from simulator.eligibility import screen; "
        "import simulator.eligibility; print(screen.__name__, simulator.eligibility.screen is screen)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed == "screen True\n"
