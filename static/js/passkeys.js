/**
 * Shows what needs passkeys where the browser has them, and says in words why one could not be made or used.
 * The library's own scripts do the rest.
 */

const WHY = {
  NotAllowedError: "Nothing was chosen, or it took too long. Try again, or have a code sent to you.",
  InvalidStateError: "This device has a passkey for your account already.",
  SecurityError: "Passkeys do not work at this address: the site needs HTTPS and a name.",
};
const OTHERWISE = "That did not work. Try again, or have a code sent to you.";

const parts = document.querySelectorAll("[data-passkeys]");
if ("PublicKeyCredential" in window) for (const part of parts) part.hidden = false;

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  for (const part of parts) {
    part.querySelector("[role=alert]")?.remove();
    const notice = Object.assign(document.createElement("p"), { className: "notice is-warning", textContent: WHY[event.detail.exception?.name] ?? OTHERWISE });
    notice.setAttribute("role", "alert");
    part.append(notice);
  }
});
