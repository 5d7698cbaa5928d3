"""How personal pages answer: with JSON when asked for it, else with a way back to where one came from."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, and not a browser that goes to a page."""
    return "application/json" in request.headers.get("Accept", "")


def way_back(request: HttpRequest) -> str:
    """Where the form was reached from: an address of this site, else empty."""
    address = request.POST.get("next", "") if request.method == "POST" else request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if is_ours else ""


def refusal(request: HttpRequest, reason: str, *, status: int) -> HttpResponse:
    """Why it did not work."""
    if wants_json(request):
        return JsonResponse({"error": reason}, status=status)
    return render(request, "itinerary/refusal.html", {"reason": reason}, status=status)
