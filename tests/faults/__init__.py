"""What the world does to a night, and what the next night makes of it."""

from tests.faults import damage, disk, kills, network

ALL = (*kills.faults(), *disk.faults(), *network.faults(), *damage.faults())
