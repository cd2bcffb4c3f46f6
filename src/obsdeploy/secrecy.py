"""Secrets that this process has met, so that nothing it writes for people to pass on can hold them."""

_known: set[str] = set()
SHORTEST = 6
"""Shorter ones (the well-known `admin`) are no secrets, and hiding them would hide ordinary words."""


def remember(secret: str) -> str:
    """Return the secret unchanged; from now on `redact` hides it."""
    if len(secret) >= SHORTEST:
        _known.add(secret)
    return secret


def redact(text: str) -> str:
    """The text with every remembered secret replaced."""
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, "(redacted)")
    return text
