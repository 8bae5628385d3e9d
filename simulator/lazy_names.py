"""Names that a package takes from its modules when somebody first uses them, so that a command starts at once."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


class _Package(ModuleType):
    """A package with a name that is that of its module too: the name is what is defined there, whoever was first."""

    def __setattr__(self, name: str, value: Any) -> None:
        """Keep what a module defines under its own name where Python would keep the module once it is imported."""
        is_home = isinstance(value, ModuleType) and value.__name__ == f"{self.__name__}.{name}"
        super().__setattr__(name, getattr(value, name, value) if is_home else value)


def lazy_names(package: str, homes: Mapping[str, tuple[str, ...]]) -> Callable[[str], Any]:
    """Return the `__getattr__` (PEP 562) of a package whose modules define these names.

    Parameters
    ----------
    package
        The package's own `__name__`.
    homes
        A module of the package, and the names that the package takes from it.
    """
    home_of = {name: f"{package}.{module}" for module, names in homes.items() for name in names}
    if any(module in names for module, names in homes.items()):
        sys.modules[package].__class__ = _Package

    def get(name: str) -> Any:
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(home_of[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return get
