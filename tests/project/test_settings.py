"""The settings' own promises: started as an operator starts it, in a process of its own."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as current

SAFE = {
    "DEBUG": "0",
    "SECRET_KEY": "8" * 50 + "abcdefghijk",
    "ALLOWED_HOSTS": "posters.example.org",
    "SITE_URL": "https://posters.example.org",
}


def start(code: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Load the site as a server does."""
    own = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "PYTHONPATH"}}
    return subprocess.run(
        [sys.executable, "-c", f"import conference.wsgi; from django.conf import settings as s; {code}"],
        cwd=current.BASE_DIR,
        env=own | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_served_site_without_settings_does_not_start():
    started = start()
    assert started.returncode == 1
    assert "With DEBUG off, SECRET_KEY must be set" in started.stderr


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"SECRET_KEY": ""}, "With DEBUG off, SECRET_KEY must be set"),
        ({"SECRET_KEY": "boardwalk-on-a-laptop-never-on-a-server"}, "With DEBUG off, SECRET_KEY must be set"),
        ({"SECRET_KEY": "short"}, "With DEBUG off, SECRET_KEY must be set"),
        ({"ALLOWED_HOSTS": ""}, "With DEBUG off, ALLOWED_HOSTS must name the site's hosts"),
        ({"ALLOWED_HOSTS": "*"}, "With DEBUG off, ALLOWED_HOSTS must name the site's hosts"),
        ({"SITE_URL": "posters.example.org"}, "SITE_URL must be an address"),
        ({"CACHE_URL": "memcached://x"}, "CACHE_URL must begin with"),
        ({"EMAIL_URL": "pigeon://x"}, "EMAIL_URL must begin with"),
        ({"DEBUG": "perhaps"}, "DEBUG must be 1 or 0"),
    ],
)
def test_unsafe_or_unreadable_settings_stop_the_start(environment, reason):
    started = start(**(SAFE | environment))
    assert started.returncode == 1
    assert reason in started.stderr


def test_a_safe_site_starts_and_keeps_its_cookies_to_https():
    started = start("print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.DEBUG)", **SAFE)
    assert (started.returncode, started.stdout) == (0, "True True True False\n")


def test_the_urls_of_data_cache_and_mail_are_read():
    started = start(
        "print(s.DATABASES['default']['ENGINE'], s.CACHES['default']['BACKEND'], s.EMAIL_HOST, s.EMAIL_PORT,"
        " s.EMAIL_HOST_USER, s.EMAIL_HOST_PASSWORD, s.EMAIL_USE_TLS)",
        **SAFE,
        DATABASE_URL="postgres://u:p@127.0.0.1/x",
        CACHE_URL="redis://127.0.0.1:6379/1",
        EMAIL_URL="smtp+tls://me%40example.org:p%2Fw@mail.example.org",
    )
    assert started.stdout.split() == [
        "django.db.backends.postgresql",
        "django.core.cache.backends.redis.RedisCache",
        "mail.example.org",
        "587",
        "me@example.org",
        "p/w",
        "True",
    ]


def test_every_setting_is_in_the_example():
    text = (current.BASE_DIR / ".env.example").read_text()
    source = (current.BASE_DIR / "conference" / "settings.py").read_text()
    for name in (
        "DATABASE_URL",
        "CACHE_URL",
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "DEBUG",
        "SITE_URL",
        "EMAIL_URL",
        "MEDIA_ROOT",
    ):
        assert f"{name}=" in text
        assert f'"{name}"' in source
