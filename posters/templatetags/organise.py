"""Template tags of the admin."""

from django import template

from posters.organise import tasks

register = template.Library()
register.filter("by_task", tasks.by_task)
