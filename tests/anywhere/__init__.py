"""What holds on Linux, macOS and Windows alike; it runs beside a wheel, without a checkout."""
