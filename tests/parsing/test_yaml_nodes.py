"""Reading YAML: what plain words mean, and files written to do harm."""

import time

import pytest

from simulator.errors import ScenarioError
from simulator.parsing.yaml_nodes import MAX_BYTES, MAX_DEPTH, MAX_VALUES, Position, read_nodes, read_text


def values(node):
    match node.value:
        case dict() as entries:
            return {key: values(below) for key, below in entries.items()}
        case list() as items:
            return [values(below) for below in items]
        case scalar:
            return scalar


def read(text):
    top, faults = read_nodes(text)
    assert faults == []
    return values(top)


def only_fault(text):
    top, faults = read_nodes(text)
    assert top is None
    assert len(faults) == 1
    return faults[0].at, faults[0].message


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("null", None), ("~", None), ("", None),
        ("true", True), ("False", False), ("1e3", 1000.0), ("010", 10), ("0o10", 8), ("0x1F", 31),
        ("12:30", "12:30"), ("1_000", "1_000"), (".5", 0.5), ("5.", 5.0), ("+3", 3), ("-0.5", -0.5),
        ("2026-01-02", "2026-01-02"), ("'1'", "1"), ('"true"', "true"), ("1e", "1e"), (".", "."),
        ("<<", "<<"),
        ("1.5e-3", 0.0015), ("3+3", "3+3"),
    ],
)  # fmt: skip
def test_plain_word_means_what_it_looks_like(word, value):
    found = read(f"key: {word}\n")["key"]
    assert found == value
    assert type(found) is type(value)


def test_every_value_and_key_knows_its_line_and_column():
    top, _ = read_nodes("a:\n  b: [1,\n      {c: 2}]\n")
    assert top.keys["a"] == Position(1, 1)
    b = top.value["a"].value["b"]
    assert (top.value["a"].keys["b"], b.at) == (Position(2, 3), Position(2, 6))
    assert (b.value[1].keys["c"], b.value[1].value["c"].at) == (Position(3, 8), Position(3, 11))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("a: [1, 2\nb: 3\n", (2, 2)),
        ("a: 1\n b: 2\n", (2, 3)),
        ("a: 'x\n", (2, 1)),
        ("a:\n\tb: 1\n", (2, 1)),
        ("a: @x\n", (1, 4)),
        ("a: b: c\n", (1, 5)),
    ],
)
def test_syntax_error_gives_line_and_column(text, at):
    position, message = only_fault(text)
    assert position == Position(*at)
    assert message.startswith("not YAML: ")


def test_control_character_gives_line_and_column():
    assert only_fault("a: 1\nb: x\x07y\n") == (Position(2, 5), "not YAML: character U+0007 is not allowed")


def test_alias_is_shared_with_its_value():
    assert read("a: &x [1, 2]\nb: *x\nc: {d: *x}\n") == {"a": [1, 2], "b": [1, 2], "c": {"d": [1, 2]}}


def test_alias_bomb_is_refused_without_being_expanded():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 15)]
    start = time.perf_counter()
    _, message = only_fault("\n".join(lines))
    assert message == f"more than {MAX_VALUES} values, aliases counted as expanded"
    assert time.perf_counter() - start < 5


def test_chain_of_aliases_cannot_nest_deeper_than_brackets_may():
    lines = ["a0: &a0 [x]", *(f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 50))]
    assert only_fault("\n".join(lines))[1] == f"nested more than {MAX_DEPTH} deep"


def test_alias_to_itself_and_unknown_alias_are_refused():
    assert only_fault("a: &x [1, *x]\n")[1] == "alias *x refers to a value that contains it"
    assert only_fault("a: *y\n")[1] == "unknown alias *y"


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_deep_nesting_is_refused_early(opening):
    start = time.perf_counter()
    position, message = only_fault(opening * 100_000)
    assert message.startswith((f"nested more than {MAX_DEPTH} deep", "a key must be a single word"))
    assert position.line == 1
    assert time.perf_counter() - start < 5


def test_too_many_values_are_refused_early():
    start = time.perf_counter()
    assert only_fault("[" + "1," * 400_000)[1].startswith(f"more than {MAX_VALUES} values")
    assert time.perf_counter() - start < 10


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\n---\nb: 2\n", "a second document begins here"),
        ("%YAML 1.1\n---\na: 1\n", "directives are not allowed"),
        ("%TAG ! tag:x,2000:\n---\na: !y 1\n", "directives are not allowed"),
        ("? [a]\n: 1\n", "a key must be a single word"),
        ("{&x a: 1, *x : 2}\n", "a key must be a single word"),
    ],
)
def test_unusual_yaml_is_refused(text, said):
    assert only_fault(text)[1].startswith(said)


def test_version_1_2_may_be_declared():
    assert read("%YAML 1.2\n---\na: no\n") == {"a": "no"}


def test_duplicate_key_keeps_the_first_value_and_reading_goes_on():
    top, faults = read_nodes("a: 1\na: {b: 2}\nc: 3\nc: 4\n")
    assert values(top) == {"a": 1, "c": 3}
    assert [(fault.at, fault.path) for fault in faults] == [
        (Position(2, 1), ("a",)),
        (Position(4, 1), ("c",)),
    ]


def test_merge_key_is_an_ordinary_key():
    assert read("a: &x {b: 1}\nc:\n  <<: *x\n") == {"a": {"b": 1}, "c": {"<<": {"b": 1}}}


def test_half_a_surrogate_pair_is_refused_in_keys_and_values():
    _, faults = read_nodes('a: "\\ud800"\n"\\udfff": 1\n')
    assert [(fault.at, fault.message) for fault in faults] == [
        (Position(1, 4), "text has half a surrogate pair: \\ud800"),
        (Position(2, 1), "text has half a surrogate pair: \\udfff"),
    ]


def test_number_of_endless_digits_is_refused():
    _, faults = read_nodes("a: " + "9" * 5000)
    assert [fault.message for fault in faults] == [
        "must be a number of at most 40 characters, got 99999999999999999999..."
    ]


def test_messages_about_a_file_say_what_it_is(tmp_path):
    large = tmp_path / "large"
    large.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(ScenarioError, match=f"larger than {MAX_BYTES} bytes, the most a table may have$"):
        read_text(large, "table", "CSV")
    with pytest.raises(ScenarioError, match=r"is a directory; must be a CSV file$"):
        read_text(tmp_path, "table", "CSV")
    with pytest.raises(ScenarioError, match=r"the most a scenario may have$"):
        read_text(large)
