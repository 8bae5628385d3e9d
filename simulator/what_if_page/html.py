"""What the what-if page shows, as escaped HTML. No number is computed here."""

import base64
import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

from simulator.eligibility.relaxations import written
from simulator.what_if_page.readings_offered import in_words

FILE_NAME: Final = "what_if.yaml"
COMPUTING: Final = '<p class="wi-wait" role="status">Computing the exact numbers ...</p>'
SILENT: Final = (
    '<p class="wi-no-answer" role="alert">No answer for these controls: the program behind this page has ended, or '
    "is still computing. The greyed numbers are those of an earlier setting. If this stays, load the page again.</p>"
)


def page_title(text: str, about: str) -> str:
    """Return the head of the page."""
    return f'<h2 class="wi-title">{escape(text)}</h2><p class="wi-about">{escape(about)}</p>'


def control_label(text: str, unit: str, base: str) -> str:
    """Return the line above a control."""
    of_base = f'<span class="wi-base">base {escape(base)}</span>' if base else ""
    return f'<div class="wi-label"><b>{escape(text)}</b> <span>{escape(unit)}</span>{of_base}</div>'


def control_help(text: str) -> str:
    """Return the line below a control."""
    return f'<div class="wi-help">{escape(text)}</div>'


def paragraph(text: str, kind: str = "note") -> str:
    """Return a paragraph of one kind: note, wait."""
    return f'<p class="wi-{kind}" role="status">{escape(text)}</p>'


def setting_mark(sliders: Mapping[str, float], choices: Mapping[str, str]) -> str:
    """Return an invisible mark of the setting that the numbers next to it belong to; the stale guard reads it."""
    setting = json.dumps({"sliders": dict(sliders), "choices": dict(choices)})
    return f'<span class="wi-setting" hidden data-setting="{escape(setting)}"></span>'


def faults_box(lines: Sequence[str]) -> str:
    """Return what is wrong with the combination, in the scenario's own words, in place of the numbers."""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return (
        '<div class="wi-error" role="alert"><b>This combination is not a valid scenario, so there are no numbers.'
        f"</b><ul>{items}</ul></div>"
    )


def no_exact_section(reason: str) -> str:
    """Return the reason why there are no exact numbers."""
    return f"<h2>Exact</h2>{paragraph('No exact numbers: ' + reason)}"


def failed_run_box(text: str) -> str:
    """Return the message that a calendar run failed, with its error."""
    head = '<div class="wi-error" role="alert"><b>The run failed; there are no numbers.</b>'
    return f"{head}<p>{escape(text)}</p></div>"


def changed_list(changes: Mapping[str, tuple[object, object]], refused: Sequence[str]) -> str:
    """Return what differs from the base, path -> (base, now), and what of a link was not followed.

    A reading stands under its criterion.
    """
    lines = "".join(
        f"<li>{escape(in_words(path))}: {escape(_plain(before))} → <b>{escape(_plain(after))}</b></li>"
        for path, (before, after) in changes.items()
    )
    told = f'<ul class="wi-changed">{lines}</ul>' if lines else '<p class="wi-said">As the file has it.</p>'
    if refused:
        items = "".join(f"<li>{escape(one)}</li>" for one in refused)
        told += f'<div class="wi-error" role="alert"><b>Not taken from the link:</b><ul>{items}</ul></div>'
    return told


def _plain(value: object) -> str:
    return "none" if value is None else written(value)


def setting_link(query: str) -> str:
    """Return the link that opens the page with these settings; the browser makes it a whole address."""
    return (
        f'<p><a class="wi-link" href="?{escape(query)}">Link to these settings</a> '
        '<span class="wi-said">(the address of this page carries them too)</span></p>'
    )


def changes_text(changes: Mapping[str, object]) -> str:
    """Return the changes as text, a reading under its criterion."""
    if not changes:
        return "nothing is changed"
    return ", ".join(f"{in_words(path)} = {written(value)}" for path, value in changes.items())


def download_link(text: str, commands: Iterable[str]) -> str:
    """Return the link that saves the scenario, kept in the page itself (no server is needed), and the commands."""
    content = base64.b64encode(text.encode()).decode()
    lines = escape("\n".join(commands))
    return (
        f'<a class="wi-download" download="{FILE_NAME}" href="data:application/yaml;base64,{content}">Download the '
        f"scenario ({FILE_NAME})</a><p>The same numbers on the command line: exact; on the calendar; with the "
        f"difference.</p><pre>{lines}</pre>"
    )


def command_lines(
    file: str | None, arms: Sequence[str], changes: Mapping[str, object], replicates: int
) -> tuple[str, ...]:
    """Return the commands that print the page's numbers; replicates and seed are in the downloaded file.

    Parameters
    ----------
    file
        The base; None where it lacks the chosen design.
    arms
        The options that name the design and the truth.
    """
    settings = [f"--set={path}={written(value)}" for path, value in changes.items()]
    lines = [["simulator", "exact", FILE_NAME, *arms], ["simulator", "compare", FILE_NAME, *arms]]
    if settings and file is not None:
        lines.append(["simulator", "what-if", file, *settings, *arms, "--replicates", str(replicates)])
    return tuple(shlex.join(line) for line in lines)


def table(headings: Sequence[str], body: str, caption: str) -> str:
    """Return a table; body and caption are HTML already."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in headings)
    return (
        f'<div class="wi-scroll"><table class="wi-table"><caption>{caption}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
