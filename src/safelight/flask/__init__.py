"""Safelight for Flask: uploads out of any request, stored files at an address of yours, and no input that gives a 500.

::

    db = SQLAlchemy()
    safelight = Safelight(db=db, storage="file:media")

    @app.put("/user/<int:id>/image")
    def image(id: int):
        with safelight.receive({"profile_image": AVATARS}) as sent:
            user = db.get_or_404(User, id)
            user.profile_image = safelight.accept(sent.get("profile_image"), AVATARS)
            db.session.commit()
"""

from __future__ import annotations

from .extension import Safelight
from .handler import file_handler
from .permissions import OwnFiles, Permissions
from .records import Database
from .request import Sent

__all__ = ["Database", "OwnFiles", "Permissions", "Safelight", "Sent", "file_handler"]
