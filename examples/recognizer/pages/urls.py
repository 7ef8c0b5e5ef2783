from django.urls import path
from django.views.generic import DetailView, ListView

from .models import Page

urlpatterns = [
    path("", ListView.as_view(model=Page), name="pages"),
    path("<slug:slug>/", DetailView.as_view(model=Page), name="page"),
]
