"""Whatever is done to a scenario file, reading it gives a scenario or a ScenarioError, nothing else."""
# ruff: noqa: E501

import string

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.errors import ScenarioError
from simulator.parsing.yaml_nodes import read_nodes
from simulator.scenario.provenance import separate_sources
from simulator.scenario.scenario import load_scenario, parse_scenario
from tests.support.places import DEFAULT_SCENARIO

# One line or two of every section, so that mutations reach each of them often.
TEXT = """\
about: {title: Small, note: "quoted \\" text"}
trial: {dose_levels: [0.2, 0.5, 1, 2], target: {value: 0.3, known: from memory}, dlt_window_days: 28}
population:
  sex: {male: {value: 0.56, low: 0.5, high: 0.63, unit: probability, known: expert assumption}}
  correlations: {known: assumption, value: {age~ecog: 0.1, alt~ast: 0.75}}
eligibility: {lvef_percent: 50, blast_rule: or, optional_rules: {min_age_years: null}}
arrivals: {sites: 1, closures: [{from_month: 7, to_month: 7.5}]}
screening: {consent: {low_days: 1, high_days: 5}}
product: {manufacture: {value: {low_days: 7, mode_days: 10, high_days: 14}, known: looked up, source: x}}
dosing: {deaths: true, tolerance: 0.3}
outcomes: {haematological_dlt: none, aplasia_day28: [0.2, 0.35, 0.5, 0.65]}
truths:
  - &a {name: A, balanced: true, p_dlt: [0.1, 0.2, 0.3, 0.4], p_response: [0.1, 0.2, 0.3, 0.4]}
  - {name: B, p_dlt: [0.1, 0.1, 0.1, 0.1], p_response: [1, 1, 1, 1], correct: 0}
designs:
  - {name: 3+3, design: 3+3, unfinished: none}
  - {name: boin, design: boin, max_n: 30, p_saf: null, p_tox: 0.5, stop_n_at_dose: 12}
question: {truths: [A, B], caps_from: 15}
run: {replicates: 300, seed: 1}
"""

WORDS = [
    "", " ", "\n", "\t", "\n\n  ", ":", ": ", "- ", "? ", ", ", "{", "}", "[", "]", "&a ", "*a", "*b", "!!str ", "!x ", "!!python/none ",
    "'", '"', "|\n", ">-\n ", "#", "---\n", "...\n", "%YAML 1.1\n", "%TAG ! x\n", "@", "`", "<<: ", "~", "null", "true", "no",
    "0", "-1", "1.5", "1e400", ".nan", ".inf", "-0.0", "1e-320", "0x", "0o9", "99999999999999999999", "1" * 41, "[]", "{}", "[[[[",
    "value", "value: 3", "known: assumption", "{value: }", "low: 1", "unit: days", "source: s", "name: A", "name: ", "design: boin",
    "\x00", "\x07", "\x85", "\u2028", "\ufeff", "\ud7ff", "é", "😀", "\\u", "\\x", "truths", "designs", "boin", "3+3", "max_n",
]  # fmt: skip


def read(text):
    """Return the scenario, or None where it is refused; the errors must be printable lines with the file."""
    try:
        return parse_scenario(text, "f.yaml")
    except ScenarioError as error:
        faults = error.faults
    assert faults
    assert all(fault.startswith("f.yaml:") and fault.isprintable() for fault in faults)
    return None


def test_unmutated_text_is_valid():
    scenario = read(TEXT)
    assert scenario is not None
    assert parse_scenario(scenario.to_yaml()) == scenario


@st.composite
def edits(draw):
    """Return the text after one to four cuts, insertions and replacements."""
    text = TEXT
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        length = draw(st.sampled_from([0, 0, 0, 1, 2, 5, 20, 100]))
        words = st.lists(st.sampled_from(WORDS), max_size=3).map("".join)
        text = text[:start] + draw(words) + text[start + length :]
    return text


@settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(text=edits())
def test_edited_text_gives_a_scenario_or_a_scenario_error(text):
    scenario = read(text)
    if scenario is not None:
        assert parse_scenario(scenario.to_yaml()) == scenario


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    text=st.text(alphabet=st.sampled_from("ab01:,-?[]{}&*!|>'\"%@`#~.<\n\t \\" + string.digits), max_size=60)
)
def test_random_punctuation_gives_a_scenario_error(text):
    assert read(text) is None


@settings(max_examples=100, deadline=None, derandomize=True)
@given(content=st.binary(max_size=80), at=st.integers(0, len(TEXT)))
def test_random_bytes_give_a_scenario_or_a_scenario_error(tmp_path_factory, content, at):
    path = tmp_path_factory.getbasetemp() / "bytes.yaml"
    path.write_bytes(TEXT[:at].encode() + content + TEXT[at:].encode())
    try:
        faults: tuple[str, ...] = ()
        assert load_scenario(path).about.title
    except ScenarioError as error:
        faults = error.faults
    assert all(fault.startswith(f"{path}:") for fault in faults)


def values_and_paths(data, path=""):
    yield path
    if isinstance(data, dict):
        for key, below in data.items():
            yield from values_and_paths(below, f"{path}.{key}" if path else key)
    elif isinstance(data, list):
        for i, below in enumerate(data):
            name = below.get("name", str(i + 1)) if isinstance(below, dict) else str(i + 1)
            yield from values_and_paths(below, f"{path}.{name}")


PATHS = list(
    values_and_paths(separate_sources(read_nodes(DEFAULT_SCENARIO.read_text(encoding="utf-8"))[0]).data)
)
STRANGE = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 60), st.floats(), st.text(max_size=3), st.just(10**30), st.just(object()),
    st.lists(st.floats(0, 1), max_size=5), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip


@settings(max_examples=200, deadline=None, derandomize=True)
@given(changes=st.dictionaries(st.sampled_from(PATHS) | st.text(max_size=8), STRANGE, min_size=1, max_size=3))
def test_strange_changes_give_a_scenario_or_a_scenario_error(scenario, changes):
    try:
        changed = scenario.with_changes(changes)
    except ScenarioError as error:
        changed, faults = None, error.faults
    if changed is None:
        assert faults
    else:
        assert parse_scenario(changed.to_yaml()) == changed
