"""Where the tests find the project's files."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
DEFAULT_SCENARIO: Final = ROOT / "scenarios" / "nct07144020.yaml"
PUBLISHED: Final = ROOT / "tests" / "published"
DOCS: Final = ROOT / "docs"
