"""obsdeploy: one command from nothing to a live, proven Kubernetes observability stack."""

__version__ = "0.1.0"
