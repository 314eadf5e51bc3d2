"""Answers everybody who says something in private. Usage: python echo_bot_async.py [URL] (Ctrl-C ends it)."""

import asyncio
import sys

import coliseum
from coliseum.core.vocabulary import Told


async def main() -> None:
    """Chat until the connection ends."""
    async with coliseum.AsyncClient(*sys.argv[1:], nick="echo") as bot:
        await bot.say("Tell me something: /msg echo hello")
        async for message in bot.messages():
            if isinstance(message, Told):
                await bot.tell(message.source.nick, f"you said: {message.text}")


asyncio.run(main())
