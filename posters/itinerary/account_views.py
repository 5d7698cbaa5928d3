"""The attendee's data as a whole, with an account or without: to see, take along, delete; and their say in digests."""

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from posters.itinerary.attendees import (
    find_attendee,
    find_or_create_attendee,
    forget_attendee,
    handed_over,
)
from posters.itinerary.digests import digest_reader, unsubscribe
from posters.itinerary.own_data import delete_all, export_of
from posters.itinerary.secret_pages import keeps_its_address_secret
from posters.models import Attendee


@never_cache
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """What is kept, and what can be done with it."""
    attendee, account = _own(request)
    taken_up = handed_over(request) if account is None else None
    context = {
        "attendee": attendee,
        "account": account,
        "is_handed_over": taken_up is not None,
        "is_anothers": taken_up is not None and taken_up.attendee.user_id is not None,
    }
    return render(request, "account/data.html", context)


@never_cache
@require_safe
def download(request: HttpRequest) -> HttpResponse:
    """Everything as JSON."""
    attendee, account = _own(request)
    return JsonResponse(
        export_of(attendee=attendee, account=account),
        json_dumps_params={"indent": 2, "ensure_ascii": False},
        headers={"Content-Disposition": 'attachment; filename="boardwalk-my-data.json"'},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """GET: asks. POST: everything is gone, and this browser is nobody's any more."""
    attendee, account = _own(request)
    if request.method != "POST":
        return render(request, "account/delete.html", {"attendee": attendee, "account": account})
    delete_all(attendee=attendee, account=account)
    logout(request)
    response = render(request, "account/deleted.html", {"keeps_account": account is not None and account.is_staff})
    forget_attendee(response)
    return response


@never_cache
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """End what was handed over to this device, here."""
    taken_up = handed_over(request)
    if taken_up is not None:
        taken_up.delete()
    response = redirect("account-data")
    forget_attendee(response)
    return response


@never_cache
@require_POST
def digest(request: HttpRequest) -> HttpResponse:
    """Say yes or no to digests. Only with an account: nobody else has an address."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    attendee = find_or_create_attendee(request)
    attendee.wants_digest = request.POST.get("digest") == "yes"
    attendee.save(update_fields=["wants_digest"])
    messages.success(
        request,
        f"Changes in your itineraries will be sent to {request.user.email}."
        if attendee.wants_digest
        else "No more e-mail about changes.",
    )
    return redirect("account-data")


@csrf_exempt  # Mail programs post here by themselves (RFC 8058); the signed address is the permission.
@keeps_its_address_secret
@require_http_methods(["GET", "HEAD", "POST"])
def digest_unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET: one button, for mail scanners open links. POST: no more digests, without signing in."""
    if request.method == "POST":
        state = "done" if unsubscribe(token=token) else "unknown"
    else:
        state = "asks" if digest_reader(token=token) else "unknown"
    status = 404 if state == "unknown" else 200
    return render(request, "account/unsubscribe.html", {"state": state}, status=status)


def _own(request: HttpRequest) -> tuple[Attendee | None, User | None]:
    """Whose data may be seen here as a whole. Not an account's where it was only handed over."""
    if isinstance(request.user, User):
        return find_attendee(request), request.user
    attendee = find_attendee(request)
    return (attendee if attendee and attendee.user_id is None else None), None
