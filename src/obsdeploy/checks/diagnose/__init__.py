"""Why is a panel empty: from the variable over metric, target and selector to the back end, the first broken link."""
