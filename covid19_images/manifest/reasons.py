"""Why a picture was taken down, as decisions and the tombstones of releases name it."""

from typing import Literal

ReasonClass = Literal["rights", "privacy", "owner", "quality", "other"]
