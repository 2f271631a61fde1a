"""The secrets that sign messages, in the form of Standard Webhooks."""

from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from secrets import token_bytes
from typing import Final

SECRET_BYTES: Final = 32
ROTATION_PERIOD: Final = timedelta(hours=24)
"""For how long the previous secret signs too, after a rotation."""


def new_secret(random_bytes: Callable[[int], bytes] = token_bytes) -> str:
    return f"whsec_{b64encode(random_bytes(SECRET_BYTES)).decode()}"
