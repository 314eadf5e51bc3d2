"""Answers everybody who says something in private. Usage: python echo_bot.py [URL] (Ctrl-C ends it)."""

import sys

import coliseum
from coliseum.core.vocabulary import Told

with coliseum.Client(*sys.argv[1:], nick="echo") as bot:
    bot.say("Tell me something: /msg echo hello")
    for message in bot.messages():
        if isinstance(message, Told):
            bot.tell(message.source.nick, f"you said: {message.text}")
