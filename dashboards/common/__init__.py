"""What all dashboards share: layout, panels with our defaults, queries, variables, colours and links."""
