"""Nothing but the models: the forms are django-jsonform's."""

from django.contrib import admin

from .models import LazyPage, Page

admin.site.register([Page, LazyPage])
