"""One fault: what is done to a world, and whether the next night made it good."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.world import Act, World, Worlds


@dataclass(frozen=True)
class Fault:
    """Something that happens to a night or a release.

    Attributes:
        kind: Kills, disk, network or cache.
        name: What happens, in words.
        strike: Lets it happen; it checks that it did, and that people were told in words.
        warm: Whether the world has fetched and read the news before.
        act: What it happens to.
    """

    kind: str
    name: str
    strike: Callable[[World, Worlds], None]
    warm: bool = False
    act: Act = "sync"

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


def lost(fault: Fault, worlds: Worlds) -> str | None:
    """Let a fault happen and run again; say what is not as in an undisturbed run."""
    world = worlds.new(act=fault.act, warm=fault.warm)
    fault.strike(world, worlds)
    found = world.again()
    odd = [
        name
        for name in found.keys() | world.expected.keys()
        if found.get(name) != world.expected.get(name)
    ]
    again = world.again()
    worlds.done_with(world)
    if odd:
        return f"differs from an undisturbed run: {', '.join(sorted(odd))}"
    return None if again == found else "the run after wrote something else"
