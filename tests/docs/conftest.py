import os
import re
from pathlib import Path
from typing import NamedTuple

import pytest

import payloadproof
import payloadproof_reference

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w+) ?(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    language: str
    info: str
    text: str


class Page(NamedTuple):
    path: Path
    text: str

    @property
    def blocks(self):
        return [Block(*found) for found in FENCE.findall(self.text)]


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def page():
    def read(name):
        return Page(ROOT / name, (ROOT / name).read_text(encoding="utf-8"))

    return read


@pytest.fixture(scope="session")
def pages(page):
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return [page(one.relative_to(ROOT)) for one in sorted(found) if "node_modules" not in str(one)]


@pytest.fixture(scope="session")
def env():
    """For a child: it imports what these tests import, wherever it runs."""
    packages = (payloadproof, payloadproof_reference)
    sources = {str(Path(package.__file__).parents[1]): None for package in packages}
    return os.environ | {"PYTHONPATH": os.pathsep.join(sources), "COLUMNS": "80"}
