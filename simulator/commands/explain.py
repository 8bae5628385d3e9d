"""The command `explain`: what a column, name or word means."""

from simulator.report.glossary import columns_printed, explained
from simulator.report.render.text import wrapped


def explain_and_print(words: list[str] | None) -> None:
    """Print what each word means, or without one every column that `compare` prints.

    Raises
    ------
    SimulatorError
        The glossary lacks a word.
    """
    found = [entry for word in words for entry in explained(word)] if words else columns_printed()
    for entry in found:
        where = entry.where or entry.section
        for line in wrapped(f"{', '.join(entry.names)} ({where}): {entry.meaning}", "  ", 100):
            print(line)
