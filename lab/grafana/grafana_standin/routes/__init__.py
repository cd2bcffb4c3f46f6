"""What answers each path, a module a subject."""
