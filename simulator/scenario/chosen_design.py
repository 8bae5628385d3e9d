"""The design a command is about: one of a scenario, or a registered one with its options."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.designs.design import Design
from simulator.designs.protocol_table import target_of
from simulator.designs.registry import registered_names
from simulator.errors import DesignError
from simulator.parsing.faults import Plain, did_you_mean, dotted
from simulator.parsing.yaml_nodes import Node, read_nodes
from simulator.scenario.designs import read_designs
from simulator.scenario.scenario import load_scenario


@dataclass(frozen=True, slots=True)
class Chosen:
    """A design and what is known of the trial around it.

    Attributes
    ----------
    name
        As the scenario calls it, or the registered name.
    about
        One line: the trial, or the options given.
    target
        DLT risk aimed at: the trial's, else the design's own; None where neither names one.
    doses
        Dose of each level; None without a scenario.
    dose_unit
        Their unit, as it stands behind a dose.
    window_days, response_window_days
        Days in which a DLT counts, and until the response is judged: of the scenario; None without one.
    """

    name: str
    design: Design
    about: str
    target: float | None
    doses: tuple[float, ...] | None = None
    dose_unit: str = ""
    window_days: float | None = None
    response_window_days: float | None = None


def choose(source: str, design: str | None, options: Sequence[str] = ()) -> Chosen:
    """Find the design.

    Parameters
    ----------
    source
        A scenario file, or the name of a registered design.
    design
        Name of a design of the scenario; may be None where it has only one.
    options
        "key=value" of a registered design, values written as in a scenario file.

    Raises
    ------
    DesignError
        Neither a file nor a registered design, an unknown design or option, or an option out of range.
    ScenarioError
        A scenario that cannot be read.
    """
    registered = registered_names()
    if source in registered and not Path(source).is_file():
        if design is not None:
            raise DesignError(
                f"--design {design}: only with a scenario file; {source} is a registered design"
            )
        return _registered(source, options)
    if not Path(source).exists():
        raise DesignError(
            f"{source}: no such scenario file, and no registered design" + did_you_mean(source, registered)
        )
    if options:
        raise DesignError(f"--option {options[0]}: only with a registered design; a scenario gives its own")
    scenario = load_scenario(source)
    names = [choice.name for choice in scenario.designs]
    if design is None and len(names) > 1:
        raise DesignError(f"--design: name one of the scenario's designs: {', '.join(names)}")
    name = names[0] if design is None else design
    rules = scenario.trial
    about = f"{scenario.about.registry_id or 'Scenario'}: {scenario.about.title}"
    return Chosen(
        name=name,
        design=scenario.design(name),
        about=about,
        target=rules.target,
        doses=tuple(rules.dose_levels),
        dose_unit=rules.dose_unit,
        window_days=rules.dlt_window_days,
        response_window_days=scenario.outcomes.response_day,
    )


def _registered(name: str, options: Sequence[str]) -> Chosen:
    given: dict[str, Plain] = {"name": name, "design": name}
    for option in options:
        key, separator, text = option.partition("=")
        if not separator or not key:
            raise DesignError(f"--option {option!r}: must be key=value, such as target=0.25")
        if key in given:
            raise DesignError(f"--option {option!r}: {key} is given twice, or is no option")
        given[key] = _value(option, text)
    choices, faults = read_designs([given], None, Path())
    if faults:
        data: Plain = {"designs": [given]}
        lines = [f"{dotted(fault.path, data).removeprefix('designs.')}: {fault.message}" for fault in faults]
        raise DesignError("\n".join(lines))
    design = choices[0].rule
    listed = ", ".join(options) if options else "defaults"
    return Chosen(name, design, f"Design {name} ({listed})", target_of(design))


def _value(option: str, text: str) -> Plain:
    node, faults = read_nodes(text) if text else (None, [])
    if faults:
        raise DesignError(f"--option {option!r}: {faults[0].message}")
    return None if node is None else _plain(node)


def _plain(node: Node) -> Plain:
    match node.value:
        case list():
            return [_plain(entry) for entry in node.value]
        case dict():
            return {key: _plain(entry) for key, entry in node.value.items()}
        case scalar:
            return scalar
