"""obsdeploy's demo shop: six small services, one saga with compensation, and the customers that load it."""

SERVICES = ("order", "inventory", "payment", "shipping", "notification", "coordinator")
