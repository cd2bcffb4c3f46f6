"""Builds an offline bundle (node image, images, charts, tools) from package registries alone."""
