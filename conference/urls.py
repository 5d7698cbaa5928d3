"""The site's addresses: each room brings its own, joined under the conference's slug."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.decorators.cache import cache_control
from django.views.generic import RedirectView

from conference import probes
from posters.browse.offline_views import service_worker
from posters.browse.picture_views import picture
from posters.browse.views import current_conference
from posters.calendars.views import subscription
from posters.itinerary.views import overlay

urlpatterns = [
    path("", current_conference, name="current"),
    path("admin/", admin.site.urls),
    path("account/", include("posters.itinerary.account_urls")),
    path("account/", include("allauth.account.urls")),
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
    # Browsers look here for pages that name no icon. Its file's name is known when static files have been collected.
    path(
        "favicon.ico",
        cache_control(public=True, max_age=24 * 3600)(
            RedirectView.as_view(url=lazy(static, str)("icons/icon-192.png"))
        ),
        name="favicon",
    ),
    path("sw.js", service_worker, name="service-worker"),
    path("me/<slug:conference>.json", overlay, name="overlay"),
    path("media/posters/<str:name>", picture, name="picture"),
    path("calendar/<str:token>.ics", subscription, name="subscription"),
    path(
        "<slug:conference>/",
        include(
            [
                path("", include("posters.api.urls")),
                path("", include("posters.calendars.urls")),
                path("", include("posters.itinerary.urls")),
                path("", include("posters.browse.urls")),
            ]
        ),
    ),
]
