"""Who is asking: an account's attendee, else the one this browser's cookie names.

The cookie holds the attendee's random id, signed, for a year, and is set at the first wish, not before.
"""

from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from posters.models import Attendee

COOKIE = "boardwalk_attendee"
COOKIE_SECONDS = 365 * 24 * 3600

_signer = TimestampSigner(salt="posters.itinerary.attendee")


def cookie_attendee_id(request: HttpRequest) -> UUID | None:
    """The attendee this browser's cookie names; None where there is no valid one."""
    try:
        return UUID(_signer.unsign(request.COOKIES.get(COOKIE, ""), max_age=COOKIE_SECONDS))
    except (BadSignature, ValueError):
        return None


def find_attendee(request: HttpRequest) -> Attendee | None:
    """The attendee who asks; None for one without wishes so far. Creates nothing.

    An attendee with an account is reached by signing in, never by a cookie alone.
    """
    if request.user.is_authenticated:
        return Attendee.objects.filter(user_id=request.user.pk).first()
    attendee_id = cookie_attendee_id(request)
    return Attendee.objects.filter(pk=attendee_id, user=None).first() if attendee_id else None


def find_or_create_attendee(request: HttpRequest) -> Attendee:
    """The attendee who asks, created at the first wish."""
    attendee = find_attendee(request)
    if attendee is not None:
        return attendee
    if not request.user.is_authenticated:
        return Attendee.objects.create()
    try:
        with transaction.atomic():
            return Attendee.objects.create(user_id=request.user.pk)
    except IntegrityError:  # Another tab was first.
        return Attendee.objects.get(user_id=request.user.pk)


def name_for_device(request: HttpRequest, attendee: Attendee | None) -> str:
    """What a device knows this person by, so that it keeps nothing of another; empty for nobody. Opens nothing.

    With an account it is the account's, which is there before its first wish.
    """
    if request.user.is_authenticated:
        person = f"account {request.user.pk}"
    elif attendee is not None:
        person = f"attendee {attendee.pk}"
    else:
        return ""
    return salted_hmac("posters.itinerary.device", person).hexdigest()[:16]


def remember_attendee(request: HttpRequest, response: HttpResponse, attendee: Attendee) -> None:
    """Set the cookie for an attendee without an account, unless this browser has it."""
    if attendee.user_id is None and cookie_attendee_id(request) != attendee.pk:
        response.set_cookie(
            COOKIE,
            _signer.sign(str(attendee.pk)),
            max_age=COOKIE_SECONDS,
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
