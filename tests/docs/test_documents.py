"""Every example of README.md, CONTRIBUTING.md and docs/*.md is run, or says why not; every link leads somewhere."""

import re

import pytest

from simulator.errors import ScenarioError
from tests.documents import PAGES, ROOT, Block, blocks, commands, reading, shows
from tests.validation import functions_in

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_of_a_document_do_what_it_shows(page, tmp_path):
    with reading(page, tmp_path) as reader:
        for block in blocks(page):
            reader.follow(block)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_an_example_that_is_run_elsewhere_is_run_there(page):
    for block in blocks(page):
        test = block.comment("run by")
        if test is not None:
            file, name = test.split("::")
            assert name in functions_in(file), f"{block.place}: {test}"
            made_by = (ROOT / file).read_text(encoding="utf-8")
            recorder = (ROOT / "tests" / "recorded.py").read_text(encoding="utf-8")
            assert page.name in made_by + recorder * ("tests.recorded" in made_by), block.place


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_an_example_that_is_not_run_says_why(page):
    for block in blocks(page):
        reason = block.comment("not run")
        assert reason is None or len(reason.split()) >= 3, f"{block.place}: {reason!r} is no reason"


def slug(heading: str) -> str:
    """Return the anchor that a heading gets where Markdown is shown."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_document_leads_somewhere(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in LINK.findall(text):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        other = page.parent / path if path else page
        assert other.exists(), f"{page.name}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", other.read_text(encoding="utf-8"), re.M)
            assert anchor in {slug(heading) for heading in headings}, f"{page.name}: {target}"


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_every_page_is_on_the_map(page):
    targets = LINK.findall((ROOT / "docs" / "index.md").read_text(encoding="utf-8"))
    assert page.name in {*targets, "index.md"}


def block(language: str, text: str, *comments: str) -> Block:
    return Block(PAGES[0], 1, language, text, comments, None)


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a\nb\n", "a\nc\n", False),
        ("a\n", "a\nb\n", False),
        ("a\n...\nd\n", "a\nb\nc\nd\n", True),
        ("a\n...\nc\n...\n", "a\nb\nc\nd\n", True),
        ("...\nb\n...\nd\n", "a\nb\nc\nd\n", True),
        ("...\nc\n...\nb\n...\n", "a\nb\nc\nd\n", False),
        ("a\n...\nx\n...\nd\n", "a\nb\nc\nd\n", False),
        ("a\nb\n...\nb\nc\n", "a\nb\nc\n", False),
    ],
)
def test_output_shown_is_compared_line_by_line(shown, printed, same):
    assert shows(shown, printed) is same


@pytest.mark.parametrize(
    "wrong",
    [
        block("python", "assert 1 == 2\n"),
        block("python", ">>> 1 + 1\n3\n"),
        block("console", "$ simulator check scenarios/nct07144020.yaml\nfine\n"),
        block("console", "$ simulator check nowhere.yaml\n"),
        block("console", "$ rm -r results\n"),
        block("yaml", "about: {title: No truth}\n"),
        block("yaml", "sites: -1\n", "part of: arrivals"),
        block("", "simulator compare SCENARIO\n"),
        block("", "simulator compare SCENARIO\n", "synopsis"),
        block("", "simulator compare SCENARIO --no-such-option\n", "synopsis"),
        block("", "make coffee\n", "not run: there is no such target"),
    ],
)
def test_a_wrong_example_is_found(wrong, tmp_path):
    with (
        reading(PAGES[0], tmp_path) as reader,
        pytest.raises((AssertionError, ScenarioError)),
    ):
        reader.follow(wrong)


def test_a_command_that_is_not_run_must_still_be_understood(tmp_path):
    wrong = block(
        "console", "$ simulator exact scenarios/nct07144020.yaml --familiy 3\n", "not run: it takes long"
    )
    with reading(PAGES[0], tmp_path) as reader, pytest.raises(Exception, match="familiy"):
        reader.follow(wrong)


def test_a_command_may_go_on_on_the_next_line():
    [one] = commands(block("console", "$ simulator check \\\n    a.yaml\nok\n"))
    assert one.words == ["simulator", "check", "a.yaml"]
    assert one.shown == "ok\n"
