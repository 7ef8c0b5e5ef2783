"""Profiles: people sign up, and have a picture. Flask, Flask-SQLAlchemy and Safelight behind a page in React."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from safelight.flask import Safelight

from . import accounts, database, page, pictures, prepare, problems, security
from .settings import Settings


def create_app(settings: Settings | None = None) -> Flask:
    settings = settings or Settings.from_environment()
    app = Flask(__name__, static_folder=None)
    app.config |= settings.flask()
    app.url_map.merge_slashes = False  # by a redirect, which is a page
    if count := settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    database.db.init_app(app)
    safelight = Safelight(app)
    problems.init_app(app)
    security.init_app(app, settings)
    accounts.init_app(app, settings)
    app.register_blueprint(pictures.blueprint(settings, safelight))
    app.register_blueprint(page.blueprint())
    app.cli.add_command(prepare.prepare)
    with app.app_context():
        database.init_engine(database.db.engine)
    return app
