"""Makes the database ready and sees to it that there is an admin who can log in."""

import os
import secrets

from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError, call_command
from django.db import OperationalError


class Command(BaseCommand):
    help = "Migrate, collect static files, and make the first admin."

    def handle(self, *args, **options) -> None:
        try:
            call_command("migrate", verbosity=0)
        except OperationalError as error:
            raise CommandError(f"SAFELIGHT_DATABASE: the database cannot be used: {error}") from error
        call_command("collectstatic", interactive=False, verbosity=0)
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
