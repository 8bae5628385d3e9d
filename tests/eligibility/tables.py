"""The tables of docs/eligibility.md, made from the criteria as data."""

from simulator.eligibility.nct07144020 import CRITERIA, PRIMARY_ORDER
from simulator.eligibility.readings import EligibilityReadings
from simulator.fields import FIELDS


def criteria_table() -> str:
    """Return one row per criterion and sub-criterion."""
    lines = ["| id | quote | passes if | encoding | re-testable | readings |", "|---|---|---|---|---|---|"]
    for one in CRITERIA:
        quote = _cell(" / ".join(one.quotes))
        readings = ", ".join(f"`{name}`" for name in one.readings)
        lines.append(
            f"| {one.id} | {quote} | {_cell(one.boundary)} | {one.encoding} | {one.retest} | {readings} |"
        )
        lines += [f"| {part.id} | | {_cell(part.boundary)} | | | |" for part in one.parts]
    return "\n".join(lines)


def notes_table() -> str:
    """Return what was assumed, the ambiguities answered, and the fields read, per criterion."""
    lines = [
        "| id | note | answers | fields (those not drawn are unknown in a simulation) |",
        "|---|---|---|---|",
    ]
    for one in CRITERIA:
        fields = ", ".join(f"`{n}`" + ("" if FIELDS[n].drawn else " (not drawn)") for n in one.fields)
        lines.append(f"| {one.id} | {_cell(one.note)} | {' '.join(one.ambiguities)} | {fields} |")
    return "\n".join(lines)


def relaxations_table() -> str:
    """Return the permitted relaxations."""
    lines = ["| id | setting | value to try | source |", "|---|---|---|---|"]
    for one in CRITERIA:
        lines += [
            f"| {one.id} | `{r.setting}` | {'' if r.value is None else _cell(str(r.value))} | {r.source} |"
            for r in one.relaxations
        ]
    return "\n".join(lines)


def settings_table() -> str:
    """Return every setting with its default and its alternatives or range."""
    lines = ["| setting | default | legal |", "|---|---|---|"]
    schema = EligibilityReadings.model_json_schema()
    for name, field in EligibilityReadings.model_fields.items():
        if name == "optional_rules":
            lines.append(f"| `{name}` | all off | see H27 |")
            continue
        choices = getattr(field.annotation, "__members__", None)
        if choices is not None:
            legal = ", ".join(choice.value for choice in choices.values())
            lines.append(f"| `{name}` | {field.default.value} | {legal} |")
        elif isinstance(field.default, bool):
            lines.append(f"| `{name}` | {str(field.default).lower()} | true, false |")
        else:
            entry = schema["properties"][name]
            lines.append(f"| `{name}` | {field.default:g} | {_range(entry)} |")
    return "\n".join(lines)


def order_line() -> str:
    """Return the order of the primary reason."""
    return ", ".join(PRIMARY_ORDER)


def _range(entry: dict[str, float]) -> str:
    low = f"{entry['minimum']:g}" if "minimum" in entry else f"above {entry['exclusiveMinimum']:g}"
    return f"{low} to {entry['maximum']:g}"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")


BLOCKS = {
    "criteria": criteria_table,
    "notes": notes_table,
    "relaxations": relaxations_table,
    "settings": settings_table,
    "order": order_line,
}
