"""How a saga ended, as an event: from the coordinator's outbox through Kafka to whoever wants to know."""

TOPIC = "saga-events"
