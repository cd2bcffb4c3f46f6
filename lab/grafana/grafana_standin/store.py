"""What outlives a restart, in one SQLite file in the data directory, as Grafana keeps it: users, sessions, dashboards.

That the first start alone stores the administrator's password, and no later environment changes it, is Grafana's
behaviour and the reason why a kept volume with a new password locks people out.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
create table if not exists user (id integer primary key, login text unique, password blob, salt blob, created text);
create table if not exists session (token_hash text primary key, user_id integer, seen real);
create table if not exists dashboard (
  id integer primary key autoincrement, uid text unique, data text, checksum text, version integer, created text, updated text,
  provider text, external_id text, folder text, folder_uid text);
"""


@dataclass(frozen=True)
class StoredUser:
    """A user's row."""

    id: int
    login: str
    password: bytes
    salt: bytes
    created: str


@dataclass(frozen=True)
class StoredDashboard:
    """A dashboard's row: `data` is its JSON text, `external_id` the file's path below the provider's folder."""

    id: int
    uid: str
    data: str
    checksum: str
    version: int
    created: str
    updated: str
    provider: str
    external_id: str
    folder: str
    folder_uid: str


class Store:
    """The database. Its methods block for well under a millisecond: they may be called from the event loop."""

    def __init__(self, data: Path) -> None:
        data.mkdir(parents=True, exist_ok=True)
        # Named otherwise than grafana.db, which a real Grafana on the same volume would try to migrate.
        self._db = sqlite3.connect(data / "grafana-standin.db", isolation_level=None, check_same_thread=False)
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def user(self, login: str) -> StoredUser | None:
        """The user of that login name."""
        row = self._db.execute("select id, login, password, salt, created from user where login = ?", (login,)).fetchone()
        return StoredUser(*row) if row else None

    def user_by_id(self, user_id: int) -> StoredUser | None:
        """The user of that id."""
        row = self._db.execute("select id, login, password, salt, created from user where id = ?", (user_id,)).fetchone()
        return StoredUser(*row) if row else None

    def has_users(self) -> bool:
        """Whether this is a later start than the first."""
        return self._db.execute("select 1 from user").fetchone() is not None

    def add_user(self, login: str, password: bytes, salt: bytes, created: str) -> None:
        """Store a user."""
        row = (login, password, salt, created)
        self._db.execute("insert into user (login, password, salt, created) values (?, ?, ?, ?)", row)

    def set_password(self, user_id: int, password: bytes, salt: bytes) -> None:
        """Change a password; every session of that user ends."""
        self._db.execute("update user set password = ?, salt = ? where id = ?", (password, salt, user_id))
        self._db.execute("delete from session where user_id = ?", (user_id,))

    def add_session(self, token_hash: str, user_id: int, now: float) -> None:
        """Store a session by its token's hash."""
        self._db.execute("insert into session values (?, ?, ?)", (token_hash, user_id, now))

    def session_user(self, token_hash: str, since: float) -> StoredUser | None:
        """The user of a session started after `since` (epoch seconds)."""
        row = self._db.execute("select user_id from session where token_hash = ? and seen > ?", (token_hash, since)).fetchone()
        return self.user_by_id(row[0]) if row else None

    def end_session(self, token_hash: str) -> None:
        """Forget a session."""
        self._db.execute("delete from session where token_hash = ?", (token_hash,))

    def dashboards(self) -> list[StoredDashboard]:
        """All dashboards, oldest first."""
        columns = "id, uid, data, checksum, version, created, updated, provider, external_id, folder, folder_uid"
        return [StoredDashboard(*row) for row in self._db.execute(f"select {columns} from dashboard order by id")]

    def save_dashboard(
        self, *, uid: str, data: str, checksum: str, now: str, provider: str, external_id: str, folder: str, folder_uid: str
    ) -> StoredDashboard:
        """Store a dashboard, or its next version when one of that uid is there. Returns what is stored now."""
        self._db.execute(
            "insert into dashboard (uid, data, checksum, version, created, updated, provider, external_id, folder, folder_uid)"
            " values (?, ?, ?, 1, ?, ?, ?, ?, ?, ?) on conflict (uid) do update set data = excluded.data,"
            " checksum = excluded.checksum, version = version + 1, updated = excluded.updated, provider = excluded.provider,"
            " external_id = excluded.external_id, folder = excluded.folder, folder_uid = excluded.folder_uid",
            (uid, data, checksum, now, now, provider, external_id, folder, folder_uid),
        )
        return next(entry for entry in self.dashboards() if entry.uid == uid)

    def delete_dashboard(self, uid: str) -> None:
        """Forget a dashboard."""
        self._db.execute("delete from dashboard where uid = ?", (uid,))
