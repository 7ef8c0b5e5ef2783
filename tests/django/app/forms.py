"""Forms as an app writes them for its models."""

from django import forms
from tests.django.app.models import Picture, Portrait


class PictureForm(forms.ModelForm):
    class Meta:
        model = Picture
        fields = ("title", "image")


class PortraitForm(forms.ModelForm):
    class Meta:
        model = Portrait
        fields = ("name", "image")
