"""One fault: what is done to a world, and whether the next night made it good."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.world import World, Worlds


@dataclass(frozen=True)
class Fault:
    """Something that happens to a night.

    Attributes:
        kind: Kills, disk, network or cache.
        name: What happens, in words.
        strike: Lets it happen; it checks that it did, and that people were told in words.
        warm: Whether the world has fetched and read the news before.
    """

    kind: str
    name: str
    strike: Callable[[World, Worlds], None]
    warm: bool = False

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


def lost(fault: Fault, worlds: Worlds) -> str | None:
    """Let a fault happen and run the next night; say what is not as in an undisturbed one."""
    world = worlds.new(warm=fault.warm)
    fault.strike(world, worlds)
    found = world.night()
    odd = [name for name in found.keys() | world.expected.keys()
           if found.get(name) != world.expected.get(name)]  # fmt: skip
    again = world.night()
    worlds.done_with(world)
    if odd:
        return f"differs from an undisturbed night: {', '.join(sorted(odd))}"
    return None if again == found else "the night after wrote something else"
