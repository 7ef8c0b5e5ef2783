"""The models, with what lets their forms know who is asking."""

from django.contrib import admin

from safelight.django.jsonform import JSONFormAdminMixin

from .models import LazyPage, Page


@admin.register(Page, LazyPage)
class PageAdmin(JSONFormAdminMixin, admin.ModelAdmin):
    pass
