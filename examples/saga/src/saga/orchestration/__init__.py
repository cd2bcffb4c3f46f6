"""The saga itself: its state and transitions, its steps, where it is kept, and what drives it."""
