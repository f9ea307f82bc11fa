"""SESSION_ENGINE: sessions in the database alone, as Django keeps them, but for the hashed keys."""

from django_session import HashedSessionStore


class SessionStore(HashedSessionStore):
    """Each request asks the database, and no copy can outlive a logout."""
