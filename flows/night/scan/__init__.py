"""Stage 2, scan: list what an upstream's tree holds, less what must cool down."""
