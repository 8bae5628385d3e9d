"""The documents as a site: `python -m tests.site` builds build/site, and so does `make docs`.

A broken link or anchor, a page left out of the menu, or a name without its docstring ends the build.
"""

import logging
import os
import sys
from pathlib import Path
from typing import Final

from tests.support.places import ROOT

PAGES: Final = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs")
"""What the site is made of, as it stands in the repository, so that links work in both."""


def lay_source(folder: Path) -> None:
    """Fill a folder with links to the documents."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PAGES:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(os.path.relpath(ROOT / name, folder.resolve()))


def build(source: Path, site: Path) -> None:
    """Build the site of the documents in `source`; mkdocs raises Abort after a build with a warning."""
    os.environ.setdefault(
        "NO_MKDOCS_2_WARNING", "1"
    )  # of the theme, about a release that constraints.txt excludes
    from mkdocs.commands.build import build as mkdocs_build
    from mkdocs.config import load_config

    config = load_config(str(ROOT / "mkdocs.yml"), docs_dir=str(source), site_dir=str(site), strict=True)
    config.plugins.on_startup(command="build", dirty=False)
    try:
        mkdocs_build(config)
    finally:
        config.plugins.on_shutdown()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s", stream=sys.stderr)
    lay_source(ROOT / "build" / "site_source")
    build(ROOT / "build" / "site_source", ROOT / "build" / "site")
    print("Built build/site/index.html. Search needs a server: python -m http.server -d build/site")
