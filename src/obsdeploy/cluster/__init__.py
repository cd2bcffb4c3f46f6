"""Everything that reaches a cluster or makes one."""
