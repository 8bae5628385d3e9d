"""The site builds without a warning, and shows the docstring of every public name."""

import ast
import json
import re

import pytest
from mkdocs.exceptions import Abort

from tests.reference import DESIGNS, MODULES, OF_DESIGN, members, node_of, public, site_path
from tests.site import build, lay_source
from tests.support.places import DOCS

ANCHOR = re.compile(r'<h\d id="([^"]+)"')


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built once for all tests here; a broken link, anchor or name would have ended the build."""
    folder = tmp_path_factory.mktemp("site")
    lay_source(folder / "source")
    build(folder / "source", folder / "site")
    return folder / "site"


def anchors(site, page):
    return set(ANCHOR.findall((site / page).read_text(encoding="utf-8")))


def test_every_document_is_a_page(site):
    pages = {
        path.relative_to(site / "docs").with_suffix(".md").name for path in (site / "docs").glob("*.html")
    }
    assert pages == {path.name for path in DOCS.glob("*.md")}
    assert "make compare" in (site / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_and_its_methods_have_their_docstring_on_the_site(site, module):
    found = anchors(site, "docs/reference.html")
    wanted = {site_path(module, name) for name in public(module)}
    for name in public(module):
        node = node_of(module, name)
        for member in members(node) if isinstance(node, ast.ClassDef) else ():
            if not (module == DESIGNS and member.name in OF_DESIGN):
                wanted.add(f"{site_path(module, name)}.{member.name}")
    assert wanted - found == set()


def test_methods_of_designs_are_described_at_the_contract(site):
    found = anchors(site, "docs/reference.html")
    assert {f"simulator.designs.design.Design.{name}" for name in ("decide", "select")} <= found
    assert not {f"simulator.designs.BOIN.{name}" for name in OF_DESIGN} & found


def test_reader_finds_a_public_name_by_search(site):
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    places = {entry["location"] for entry in index["docs"]}
    assert {"docs/reference.html#simulator.compare", "docs/glossary.html"} <= places


def test_nothing_is_loaded_from_elsewhere(site):
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert re.findall(r'<(?:script|img|iframe)[^>]* src="(?:https?:)?//[^"]*"', text) == [], page.name
        sheets = re.findall(r'<link[^>]* rel="(?:stylesheet|preconnect)"[^>]*>', text)
        assert [sheet for sheet in sheets if "//" in sheet] == [], page.name


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[a](nowhere.md) [b](glossary.md#no-such-heading)", ["nowhere.md", "no-such-heading"]),
        ("::: simulator.no_such_name", ["no_such_name"]),
    ],
)
def test_a_broken_link_anchor_or_name_ends_the_build(tmp_path, caplog, text, named):
    (tmp_path / "source" / "docs").mkdir(parents=True)
    (tmp_path / "source" / "docs" / "speed.md").write_text(f"# Speed\n\n{text}\n", encoding="utf-8")
    (tmp_path / "source" / "docs" / "glossary.md").write_text("# Glossary\n", encoding="utf-8")
    with pytest.raises(Abort):
        build(tmp_path / "source", tmp_path / "site")
    assert all(name in caplog.text for name in named)
