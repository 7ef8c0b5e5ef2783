"""A site with our field and form, whose files go to the view in django-jsonform's guide."""
