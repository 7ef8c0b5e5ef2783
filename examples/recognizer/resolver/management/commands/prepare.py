"""Makes the database ready, draws what the pages show, and sees to it that there is an admin who can log in."""

import os
import secrets

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError, call_command
from django.db import OperationalError

from pages import seed
from resolver.models import Image
from resolver.pictures import files, seeds
from safelight.errors import Refusal


class Command(BaseCommand):
    help = "Migrate, draw the samples, collect static files; at the first run make an admin, and what there is to see."

    def handle(self, *args, **options) -> None:
        try:
            call_command("migrate", verbosity=0)
        except OperationalError as error:
            raise CommandError(f"SAFELIGHT_DATABASE: the database cannot be used: {error}") from error
        files.write(settings.SAMPLES)
        call_command("collectstatic", interactive=False, verbosity=0)
        # Whoever deletes all the pictures does not want them back.
        first_run = not get_user_model()._default_manager.exists() and not Image.objects.exists()
        self.see_to_the_admin()
        if first_run and settings.SEED:
            self.store_pictures()
            self.store_page()

    def see_to_the_admin(self) -> None:
        users = get_user_model()._default_manager
        password = os.environ.get("SAFELIGHT_ADMIN_PASSWORD")
        admin = users.filter(username="admin").first()
        if admin is None:
            chosen = password or secrets.token_urlsafe(12)
            users.create_superuser("admin", password=chosen)
            if password:
                self.stdout.write("Admin: user admin, password as in SAFELIGHT_ADMIN_PASSWORD")
            else:
                self.stdout.write(f"Admin: user admin, password {chosen} (shown this once)")
                self.stdout.write("Lost it? Start with SAFELIGHT_ADMIN_PASSWORD=... to set another.")
        elif password and not admin.check_password(password):
            admin.set_password(password)
            admin.save()
            self.stdout.write("Admin: the password of user admin is now that of SAFELIGHT_ADMIN_PASSWORD")

    def store_pictures(self) -> None:
        try:
            self.stdout.write(f"Pictures: {seeds.store()} to look at are in the admin")
        except Refusal as refusal:
            self.stdout.write(f"Pictures: the ones to look at were refused by your settings. {refusal.detail}")

    def store_page(self) -> None:
        try:
            self.stdout.write(f"Page: {seed.store().get_absolute_url()} is one to look at, and to change in the admin")
        except Refusal as refusal:
            self.stdout.write(f"Page: the files of the one to look at were refused. {refusal.detail}")
