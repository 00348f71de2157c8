"""The application a WSGI server loads, made from the environment."""

from engine import environment
from web import create_app

app = create_app(environment.from_environment())
