"""Where copies of sessions are: `from django_session_caches import *` in your settings module, and
merge CACHES with yours."""

import os

import store

SESSION_CACHE_ALIAS = "sessions"  # of its own: clearing another cache must not touch it
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    SESSION_CACHE_ALIAS: {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ.get("REDIS_URL", store.STORE_URL),
        "OPTIONS": {
            "serializer": "django_session_store.JsonSerializer",
            "socket_connect_timeout": 0.5,
            "socket_timeout": 0.5,
        },
    },
}
