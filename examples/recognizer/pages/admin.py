from django.contrib import admin

from safelight.django.jsonform import JSONFormAdminMixin

from .models import Page


@admin.register(Page)
class PageAdmin(JSONFormAdminMixin, admin.ModelAdmin):
    list_display = ("title", "slug")
    search_fields = ("title", "slug")
    prepopulated_fields = {"slug": ("title",)}
