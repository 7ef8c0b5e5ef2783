"""The model, with what lets its form know who is asking."""

from django.contrib import admin

from safelight.django.jsonform import JSONFormAdminMixin

from .models import Page


@admin.register(Page)
class PageAdmin(JSONFormAdminMixin, admin.ModelAdmin):
    pass
