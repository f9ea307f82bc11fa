"""The statements of the store, for PostgreSQL and SQLite.

Each changes one row, or rows that nobody needs any more, so that no calls wait for each other in a
circle. Two kinds of time: `used`, `began`, `retry_until` and `expires` are the issuer's
seconds, by which limits are counted. `cut_off` and `latest` are microseconds by the clock of the
database, which all issuers share.
"""

# `latest` is when the row of a user was last written; the highest of all is the clock while the
# clock of the machine is behind it.
SCHEMA = (
    """CREATE TABLE IF NOT EXISTS refresh_users (
    name TEXT PRIMARY KEY, generation TEXT NOT NULL,
    cut_off BIGINT NOT NULL, latest BIGINT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS refresh_logins (
    login TEXT PRIMARY KEY, subject TEXT NOT NULL, client TEXT NOT NULL, generation TEXT NOT NULL,
    current_hash TEXT NOT NULL, previous_hash TEXT NOT NULL, nonce TEXT, retry_until BIGINT,
    used BIGINT NOT NULL, began BIGINT NOT NULL, expires BIGINT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS refresh_users_latest ON refresh_users (latest)",
    "CREATE INDEX IF NOT EXISTS refresh_logins_expires ON refresh_logins (expires)",
    "CREATE INDEX IF NOT EXISTS refresh_logins_retry_until ON refresh_logins (retry_until)",
)
PROBE = "SELECT 1 FROM refresh_users, refresh_logins WHERE 1 = 0"
CLOCK = {
    True: """SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS BIGINT),
coalesce(max(latest), 0) FROM refresh_users""",  # SQLite
    False: """SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT),
coalesce(max(latest), 0) FROM refresh_users""",
}

# It locks the row of the user to the end of the transaction, so that a log-out-everywhere comes
# before or after the login. A user without a row gets a generation that no login has.
JOIN_USER = """INSERT INTO refresh_users (name, generation, cut_off, latest) VALUES (?, ?, 0, ?)
ON CONFLICT (name) DO UPDATE SET latest = CASE
  WHEN excluded.latest > refresh_users.latest THEN excluded.latest ELSE refresh_users.latest END
RETURNING generation, cut_off"""
START = """INSERT INTO refresh_logins (login, subject, client, generation, current_hash,
  previous_hash, used, began, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
READ_LOGIN = """SELECT subject, client, generation, current_hash, previous_hash, nonce, used, began
FROM refresh_logins WHERE login = ?"""
READ_GENERATION = "SELECT generation FROM refresh_users WHERE name = ?"
# Compare and swap: of many simultaneous calls with the current token exactly one changes the row.
ROTATE = """UPDATE refresh_logins SET current_hash = ?, previous_hash = ?, nonce = ?,
  retry_until = ?, used = ?, expires = ?
WHERE login = ? AND current_hash = ? RETURNING login"""
DROP = "DELETE FROM refresh_logins WHERE login = ?"
# An earlier moment takes back no later one, of two calls at once. What is damaged is replaced:
# SQLite may hold a text or a fraction there.
CUT_OFF = """INSERT INTO refresh_users (name, generation, cut_off, latest) VALUES (?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET generation = excluded.generation, cut_off = CASE
  WHEN refresh_users.cut_off BETWEEN excluded.cut_off AND 9999999999999999
  THEN refresh_users.cut_off ELSE excluded.cut_off END, latest = CASE
  WHEN refresh_users.latest > excluded.latest THEN refresh_users.latest ELSE excluded.latest END"""

# What nobody needs any more: a look, which costs little, and a write, which locks SQLite's file.
# PostgreSQL passes by rows that another call is changing, instead of waiting for them.
CLEAR_LOGINS = (
    (
        "SELECT 1 FROM refresh_logins WHERE expires < ? LIMIT 1",
        """DELETE FROM refresh_logins WHERE login IN (SELECT login FROM refresh_logins
WHERE expires < ? ORDER BY expires LIMIT ?{skip_locked})""",
    ),
    (
        "SELECT 1 FROM refresh_logins WHERE retry_until < ? LIMIT 1",
        """UPDATE refresh_logins SET nonce = NULL, retry_until = NULL WHERE login IN
(SELECT login FROM refresh_logins
WHERE retry_until < ? ORDER BY retry_until LIMIT ?{skip_locked})""",
    ),
)
CLEAR_USERS = (
    (
        "SELECT 1 FROM refresh_users WHERE latest < ? LIMIT 1",
        """DELETE FROM refresh_users WHERE name IN (SELECT name FROM refresh_users
WHERE latest < ? ORDER BY latest LIMIT ?{skip_locked})""",
    ),
)
SKIP_LOCKED = {True: "", False: " FOR UPDATE SKIP LOCKED"}
