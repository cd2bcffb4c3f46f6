"""Why a Kafka client sees nothing: the protocol spoken over any byte pipe, step by step, so that each failure has its name."""
