"""The fixture of all tests that run `coliseum serve`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.support import Serve, serving


@pytest.fixture
def serve(data_dir: Path) -> Iterator[Serve]:
    """Start servers; none of them outlives the test."""
    with serving(data_dir) as start:
        yield start
