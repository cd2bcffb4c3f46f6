"""All dashboards, in the order in which they are shown."""

from dashboards import redis, saga, service, stack

BOARDS = (saga.BOARD, service.BOARD, redis.BOARD, stack.BOARD)
