"""Nothing but the models: the forms are django-jsonform's."""

from django.contrib import admin

from .models import Book, Chapter, Page


class ChapterInline(admin.StackedInline):
    model = Chapter
    extra = 1


@admin.register(Book)
class BookAdmin(admin.ModelAdmin):
    inlines = (ChapterInline,)


admin.site.register(Page)
