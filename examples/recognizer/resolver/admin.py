from django.contrib import admin
from django.db.models import Exists, OuterRef, Q

from safelight.django.admin import UploadAdminMixin
from safelight.django.models import Blob

from .models import Image


@admin.register(Image)
class ImageAdmin(UploadAdminMixin, admin.ModelAdmin):
    list_display = ("thumbnail", "__str__", "timestamp")
    list_display_links = ("thumbnail", "__str__")
    list_filter = ("timestamp",)
    date_hierarchy = "timestamp"
    search_fields = ("image",)
    search_help_text = "Key, or the name under which the picture was sent"
    readonly_fields = ("timestamp",)

    def get_search_results(self, request, queryset, search_term):
        """Also by the client's name for the file, which the ledger keeps as a fact."""
        found, distinct = super().get_search_results(request, queryset, search_term)
        if search_term:
            named = Blob.objects.filter(key=OuterRef("image"), filename__icontains=search_term)
            found = queryset.filter(Q(pk__in=found.values("pk")) | Exists(named))
        return found, distinct
