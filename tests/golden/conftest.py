import sys
from pathlib import Path

import pytest
from syrupy.extensions.json import JSONSnapshotExtension

from payloadproof.adapters.connect import REFERENCE

HERE = Path(__file__).parent
# The scenarios are a script too: `nox -s audit` records them.
sys.path.insert(0, str(HERE))


def pytest_addoption(parser):
    parser.addoption("--adapter", default=REFERENCE, help="compare this adapter's payloads")


@pytest.fixture(scope="session")
def adapter(request):
    return request.config.getoption("--adapter", default=REFERENCE)


class InGolden(JSONSnapshotExtension):
    """One file for each scenario, below golden/ at the top."""

    @classmethod
    def dirname(cls, *, test_location):
        return str(HERE.parents[1] / "golden" / test_location.basename)


@pytest.fixture
def golden(snapshot):
    return snapshot.use_extension(InGolden)
