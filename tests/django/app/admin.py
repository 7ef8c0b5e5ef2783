from django.contrib import admin

from safelight.django.admin import UploadAdminMixin

from .models import Magazine, Page, Paper, Picture, Portrait


@admin.register(Picture)
class PictureAdmin(UploadAdminMixin, admin.ModelAdmin):
    list_display = ("thumbnail", "title")
    readonly_fields = ("facts",)


@admin.register(Portrait)
class PortraitAdmin(UploadAdminMixin, admin.ModelAdmin):
    list_display = ("name", "thumbnail")
    readonly_fields = ("facts", "width", "height")


@admin.register(Magazine)
class MagazineAdmin(UploadAdminMixin, admin.ModelAdmin):
    upload_field = "poster"
    list_display = ("title", "thumbnail")


@admin.register(Paper)
class PaperAdmin(UploadAdminMixin, admin.ModelAdmin):
    list_display = ("pk", "thumbnail")
    readonly_fields = ("facts",)


admin.site.register(Page)
