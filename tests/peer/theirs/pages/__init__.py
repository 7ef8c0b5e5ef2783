"""A site with django-jsonform's fields and forms, whose files go to our handler."""
