"""The application a WSGI server loads, made from the environment."""

import gc

from engine import environment
from engine.basics.letters import pinyin
from engine.commands.server import lifeline
from web import create_app

lifeline.end_server()
app = create_app(environment.from_environment())
pinyin.initials("办结")  # its table takes a tenth of a second to come, for which the first to start a case would wait
gc.collect()
gc.freeze()  # what was loaded stays: it need not be looked through again and again for what has become needless
