from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.durability.quick_model import QuickModel
from tests.durability.session import Place


@pytest.fixture(scope="module")
def model() -> Iterator[QuickModel]:
    with QuickModel() as model:
        yield model


@pytest.fixture
def place() -> Iterator[Place]:
    place = Place()
    yield place
    place.close()
