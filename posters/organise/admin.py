"""The admin's pages, registered. One module for each part of the programme."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User

from posters.models import (
    Announcement,
    Author,
    Board,
    Change,
    Conference,
    Decision,
    Poster,
    Room,
    Session,
    Topic,
)
from posters.organise.accounts import AccountAdmin, AddressAdmin, PermissionAdmin, RoleAdmin
from posters.organise.change_log import ChangeAdmin
from posters.organise.frame import (
    AnnouncementAdmin,
    BoardAdmin,
    ConferenceAdmin,
    DecisionAdmin,
    RoomAdmin,
    SessionAdmin,
    TopicAdmin,
)
from posters.organise.people import AuthorAdmin
from posters.organise.poster_pages import PosterAdmin

admin.site.register(Conference, ConferenceAdmin)
admin.site.register(Session, SessionAdmin)
admin.site.register(Poster, PosterAdmin)
admin.site.register(Author, AuthorAdmin)
admin.site.register(Topic, TopicAdmin)
admin.site.register(Decision, DecisionAdmin)
admin.site.register(Room, RoomAdmin)
admin.site.register(Board, BoardAdmin)
admin.site.register(Announcement, AnnouncementAdmin)
admin.site.register(Change, ChangeAdmin)

# Passkeys are their owners’ own: nobody else names or removes them.
admin.site.unregister((User, Group, EmailAddress, Authenticator))
admin.site.register(User, AccountAdmin)
admin.site.register(Group, RoleAdmin)
admin.site.register(EmailAddress, AddressAdmin)
admin.site.register(Permission, PermissionAdmin)
