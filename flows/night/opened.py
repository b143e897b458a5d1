"""Open all that a run needs: the checkout, the forge with its feedback, the base."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from git.objects import Commit

from flows.collection.checkout import Checkout
from flows.config import load
from flows.config.policy import ForgeKind
from flows.forge import Forge
from flows.forge.registry import choose, open_forge
from flows.night.context import RunContext
from flows.night.each import Each, in_threads
from flows.night.run import Report, open_run, run


@dataclass(frozen=True, slots=True)
class Opened:
    """What a run runs with.

    Attributes:
        context: Configuration, base state and cache paths.
        base: The commit proposals stand on.
        forge: Where the proposal goes.
        now: When it began.
    """

    context: RunContext
    base: Commit
    forge: Forge
    now: dt.datetime

    def run(self, *, each: Each = in_threads, say: Callable[[str], None]) -> Report:
        """Run the night; see `flows.night.run.run`."""
        return run(self.context, self.base, self.forge, self.now, each=each, say=say)


def open_all(
    folder: Path,
    cache: Path,
    *,
    only: Sequence[str] = (),
    kind: ForgeKind | None = None,
    dry_run: bool = False,
    stored: Callable[[str], str | None],
    through: Callable[[Forge], Forge] = lambda forge: forge,
) -> Opened:
    """Read the configuration, ask the forge for feedback, and read the base.

    Args:
        folder: The clone of the collection.
        cache: Folder for clones and decoded blobs.
        only: Names of the sources to visit; all of them when empty.
        kind: Where proposals go, where that is not what the configuration says.
        dry_run: Whether nothing may be written anywhere.
        stored: Reads a secret that Prefect stores, by name.
        through: Returns the forge that is used instead of the one that was opened.

    Raises:
        ConfigError: When the configuration is wrong.
        CheckoutError: When the folder is no clone, or its base cannot be read.
        NoTokenError: When there is no token.
        ForgeError: When the forge does not answer.
    """
    config = choose(load.load(folder / "config"), kind)
    checkout, now = Checkout(folder), dt.datetime.now(dt.UTC)
    forge = through(open_forge(checkout, config, dry_run=dry_run, stored=stored))
    context, base = open_run(checkout, config, cache, only, forge.read_feedback(now.date()))
    return Opened(context, base, forge, now)
