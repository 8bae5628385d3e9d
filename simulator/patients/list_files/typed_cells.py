"""A typed value as a CSV file would hold it."""

from datetime import date, datetime


def typed_cell(value: object) -> str:
    """Return a value as text: a day without a time of day is a date, a flag is yes or no."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case datetime():
            return value.isoformat().removesuffix("T00:00:00")
        case date():
            return value.isoformat()
        case _ if hasattr(value, "isoformat"):
            return str(value.isoformat())
        case _:
            return str(value)
