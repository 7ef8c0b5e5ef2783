from django.contrib import admin

from safelight.django.admin import UploadAdminMixin
from safelight.django.jsonform import JSONFormAdminMixin

from .models import Album, Card, Magazine, Page, Paper, Picture, Portrait, Section, Sheet, Shot, Story


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


class ShotInline(admin.TabularInline):
    model = Shot
    extra = 1


class SheetInline(UploadAdminMixin, admin.StackedInline):
    model = Sheet
    extra = 1
    readonly_fields = ("thumbnail",)


@admin.register(Album)
class AlbumAdmin(UploadAdminMixin, admin.ModelAdmin):
    list_display = ("title", "thumbnail")
    inlines = (ShotInline, SheetInline)


class SectionInline(JSONFormAdminMixin, admin.TabularInline):
    model = Section
    extra = 1


@admin.register(Story)
class StoryAdmin(JSONFormAdminMixin, admin.ModelAdmin):
    inlines = (SectionInline,)


@admin.register(Card)
class CardAdmin(JSONFormAdminMixin, admin.ModelAdmin):
    pass


admin.site.register(Page)
