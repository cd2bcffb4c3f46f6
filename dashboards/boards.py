"""All dashboards, in the order in which they are shown."""

from dashboards import logs, node, redis, saga, service, stack

BOARDS = (saga.BOARD, service.BOARD, logs.BOARD, redis.BOARD, node.BOARD, stack.BOARD)
