"""Where Django looks for admin pages. Ours live in the organisers' room."""

import posters.organise.admin  # noqa: F401 - importing it registers them
