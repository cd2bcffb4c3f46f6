"""All dashboards, in the order in which they are shown."""

from dashboards import kafka, logs, node, redis, saga, service, stack

BOARDS = (saga.BOARD, service.BOARD, logs.BOARD, redis.BOARD, kafka.BOARD, node.BOARD, stack.BOARD)
