"""Decide which images a release may hold, by their licence."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, ValidationError

from covid19_images.manifest.record import Record
from flows.config import values
from flows.config.sentences import sentence


class Licence(BaseModel):
    """What one licence lets us do.

    Attributes:
        redistribute: Whether its images, and squares made of them, may be shipped.
        why: In words, for the data card.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    redistribute: bool
    why: str


Licences = Mapping[str, Licence]
_TABLE = TypeAdapter(dict[Annotated[str, AfterValidator(values.licence)], Licence])


class RightsError(Exception):
    """Raised for what is wrong with the table of licences."""


def load(file: Path) -> Licences:
    """Read `config/licences.toml`; without it, nothing may be shipped.

    Raises:
        RightsError: It is not what it should be.
    """
    try:
        return _TABLE.validate_python(tomllib.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise RightsError(f"{file}: the file cannot be read ({error.strerror}).") from None
    except RecursionError:
        raise RightsError(f"{file}: not valid TOML: it is nested without end.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RightsError(f"{file}: not valid TOML: {error}.") from None
    except ValidationError as error:
        first = sentence(Licence, dict(error.errors()[0])).replace(".[key]:", ":")
        raise RightsError(f"{file}: {first}.") from None


def may_ship(record: Record, licences: Licences) -> bool:
    """Return whether a record's picture may be in a shard; an unknown licence means no."""
    return record.status == "active" and lets_ship(record.licence, licences)


def lets_ship(name: str | None, licences: Licences) -> bool:
    """Return whether a licence lets us ship what has it; an unknown one means no."""
    licence = licences.get(name or "NOASSERTION")
    return licence is not None and licence.redistribute
