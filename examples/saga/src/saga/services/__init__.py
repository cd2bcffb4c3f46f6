"""One module per service; each has `create(config, redis) -> FastAPI`."""
