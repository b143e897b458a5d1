"""The world tests run in: real git repositories, real images, no network."""
