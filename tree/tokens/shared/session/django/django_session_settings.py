"""Session settings for Django: `from django_session_settings import *` in your settings module.

The names of the constants, the cookie's name and the lifetimes are those at the top of tokens.py.
"""

import tokens

SESSION_ENGINE = "django_session_store"  # Django's, storing only hashes of keys
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"

AUTHENTICATION_BACKENDS = [
    "django_text_backend.TextBackend"
]  # ModelBackend, but for odd characters

# __Host-Http-: browsers take it only over HTTPS, for this host alone, and from no script. That ends
# with the browser: Django drops blanks from names, so that a cookie of another host can pass for
# this one. ExactCookieMiddleware of django_cookies compares the names byte by byte.
SESSION_COOKIE_NAME = tokens.COOKIE_NAME
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # Strict looks logged out on a link from a mail
SESSION_COOKIE_PATH = "/"
SESSION_COOKIE_DOMAIN = None
SESSION_EXPIRE_AT_BROWSER_CLOSE = True  # no Max-Age: the lifetime is the server's to decide
SESSION_COOKIE_AGE = tokens.IDLE_MINUTES * 60  # the idle time; django_session restarts it
SESSION_SAVE_EVERY_REQUEST = False  # the restart is one UPDATE; this would also send cookies anew

# A cookie of its own rather than CSRF_USE_SESSIONS, which gives every visitor of the login page a
# row in the database. The weakness of such cookies is that a neighbouring subdomain can plant one:
# the prefix alone does not prevent that, the prefix with ExactCookieMiddleware does. Where scripts
# must read the cookie, name it "__Host-csrf" and set HTTPONLY to False.
CSRF_COOKIE_NAME = "__Host-Http-csrf"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_PATH = "/"
CSRF_COOKIE_DOMAIN = None
