"""The application a WSGI server loads, made from the environment."""

from engine import environment
from engine.commands.server import lifeline
from web import create_app

lifeline.end_server()
app = create_app(environment.from_environment())
