"""Why a file is not accepted, by every check that the formats make."""

import pytest
from tests.pictures import sanitised

from safelight.errors import Refusal


def refused(data: bytes) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        sanitised(data)
    return refusal.value
