"""Who may see what: the one administrator, basic auth and sessions."""

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from datetime import UTC, datetime

from .config import Config
from .store import Store, StoredUser

SESSION_COOKIE = "grafana_session"
SESSION_SECONDS = 30 * 24 * 3600
_ROUNDS = 10_000


class WrongPassword(Exception):
    """Credentials that don't fit."""


def _derive(password: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ROUNDS)


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Accounts:
    """Checks passwords and sessions against the store."""

    def __init__(self, store: Store, config: Config) -> None:
        self._store = store
        self._anonymous = config.anonymous
        # A dashboard asks dozens of times in a second: what was right once is remembered under a key that dies with the process.
        self._key = secrets.token_bytes(32)
        self._proven: dict[bytes, int] = {}
        if not store.has_users():
            salt = secrets.token_bytes(16)
            store.add_user(config.admin_user, _derive(config.admin_password, salt), salt, datetime.now(UTC).isoformat())

    def sign_in(self, login: str, password: str) -> StoredUser:
        """The user of these credentials. Raises WrongPassword, which does not tell which of the two is wrong."""
        user = self._store.user(login)
        proof = hmac.digest(self._key, f"{login}\0{password}".encode(), "sha256")
        if user and self._proven.get(proof) == user.id:
            return user
        if user is None or not hmac.compare_digest(_derive(password, user.salt), user.password):
            raise WrongPassword
        self._proven[proof] = user.id
        return user

    def change_password(self, user: StoredUser, old: str, new: str) -> None:
        """Change a password; ends the user's sessions. Raises WrongPassword."""
        self.sign_in(user.login, old)
        salt = secrets.token_bytes(16)
        self._store.set_password(user.id, _derive(new, salt), salt)
        self._proven.clear()

    def start_session(self, user: StoredUser) -> str:
        """A new session's token."""
        token = secrets.token_urlsafe(32)
        self._store.add_session(_token_hash(token), user.id, time.time())
        return token

    def end_session(self, token: str) -> None:
        """End a session."""
        self._store.end_session(_token_hash(token))

    def identify(self, authorization: str | None, session: str | None) -> StoredUser | None:
        """Who asks, by an Authorization header or a session's token; None for nobody. Raises WrongPassword."""
        if authorization and authorization.lower().startswith("basic "):
            try:
                login, _, password = base64.b64decode(authorization[6:], validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError) as problem:
                raise WrongPassword from problem
            return self.sign_in(login, password)
        if authorization:
            raise WrongPassword
        if session:
            return self._store.session_user(_token_hash(session), time.time() - SESSION_SECONDS)
        return self._store.user_by_id(1) if self._anonymous else None
