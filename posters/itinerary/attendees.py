"""Who is asking: an account's attendee, else the one this browser's cookie names.

The cookie holds the attendee's random id, signed, for a year, and is set at the first wish, not before. On a device
an itinerary was handed over to, it holds the hand-over's id instead: that reaches the attendee with or without
an account, until the hand-over is taken back, and is nowhere signed in.
"""

from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from posters.models import Attendee, HandOver

COOKIE = "boardwalk_attendee"
COOKIE_SECONDS = 365 * 24 * 3600

_signer = TimestampSigner(salt="posters.itinerary.attendee")
_device_signer = TimestampSigner(salt="posters.itinerary.device")


def cookie_attendee_id(request: HttpRequest) -> UUID | None:
    """The attendee this browser's cookie names; None where there is no valid one."""
    return _id_in_cookie(request, _signer)


def _id_in_cookie(request: HttpRequest, signer: TimestampSigner) -> UUID | None:
    try:
        return UUID(signer.unsign(request.COOKIES.get(COOKIE, ""), max_age=COOKIE_SECONDS))
    except (BadSignature, ValueError):
        return None


def cookie_attendee(request: HttpRequest) -> Attendee | None:
    """The attendee without an account whom this browser's own cookie names, not one handed over to it."""
    attendee_id = cookie_attendee_id(request)
    return Attendee.objects.filter(pk=attendee_id, user=None).first() if attendee_id else None


def handed_over(request: HttpRequest) -> HandOver | None:
    """The hand-over by which this browser reaches an itinerary."""
    uid = _id_in_cookie(request, _device_signer)
    if uid is None:
        return None
    return HandOver.objects.filter(uid=uid, used_at__isnull=False).select_related("attendee").first()


def handed_over_attendee(request: HttpRequest) -> Attendee | None:
    """The attendee whose itinerary was handed over to this browser."""
    taken_up = handed_over(request)
    return taken_up.attendee if taken_up else None


def find_attendee(request: HttpRequest) -> Attendee | None:
    """The attendee who asks; None for one without wishes so far. Creates nothing.

    An attendee with an account is reached by signing in or by a hand-over, never by an attendee's cookie alone.
    """
    if request.user.is_authenticated:
        return Attendee.objects.filter(user_id=request.user.pk).first()
    return cookie_attendee(request) or handed_over_attendee(request)


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
    """Set the cookie for an attendee without an account, unless this browser reaches them already."""
    if attendee.user_id is not None or cookie_attendee_id(request) == attendee.pk:
        return
    if handed_over_attendee(request) != attendee:
        _set_cookie(response, _signer.sign(str(attendee.pk)))


def remember_hand_over(response: HttpResponse, hand_over: HandOver) -> None:
    """From now on this browser reaches the attendee by what was handed over to it."""
    _set_cookie(response, _device_signer.sign(str(hand_over.uid)))


def forget_attendee(response: HttpResponse) -> None:
    """Leave nothing personal in this browser: no cookie, no kept page, nothing that scripts stored."""
    response.delete_cookie(COOKIE, samesite="Lax")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def _set_cookie(response: HttpResponse, value: str) -> None:
    response.set_cookie(
        COOKIE,
        value,
        max_age=COOKIE_SECONDS,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
