"""The door for a deployed site's server: `gunicorn conference.wsgi`.

A served site is a deployed one: DEBUG is off here unless the environment says otherwise, so that
a forgotten setting stops the start instead of opening the site.
"""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conference.settings")
os.environ.setdefault("DEBUG", "0")

application = get_wsgi_application()
