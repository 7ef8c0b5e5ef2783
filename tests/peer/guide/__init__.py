"""The file handler of django-jsonform's guide (https://django-jsonform.readthedocs.io/, "Uploading files")."""
