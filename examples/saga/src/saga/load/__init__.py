"""The shop's customers: an open-loop load generator that walks every path, the failing ones included."""
