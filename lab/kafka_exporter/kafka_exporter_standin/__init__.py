"""STAND-IN for danielqsj/kafka_exporter 1.9: its flags, port, metric names and ways to fail, in Python, for the lab alone."""
