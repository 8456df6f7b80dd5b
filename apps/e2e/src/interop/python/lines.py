"""A program that tests drive: one JSON object a line, commands in, answers and frames out."""

import asyncio
import json
import sys


class Lines:
    """Runs commands as they come, beside each other, and answers each by its number."""

    def __init__(self, commands, out=None):
        self._commands = commands
        self._out = out or sys.stdout
        self._running = set()

    def say(self, line):
        self._out.write(json.dumps(line) + "\n")
        self._out.flush()

    async def run(self):
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=64 * 1024 * 1024)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            task = asyncio.create_task(self._answer(json.loads(line)))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _answer(self, command):
        number = command["id"]
        if command["do"] == "settle":
            self.say({"id": number, "ok": None})
            return
        try:
            value = await getattr(self._commands, command["do"])(**command["with"])
            self.say({"id": number, "ok": value})
        except BaseException as error:
            self.say({"id": number, "error": described(error)})


class Recorded:
    """A transport that tells of every frame."""

    def __init__(self, inner, say, cut):
        self._inner = inner
        self._say = say
        # Ends it as a pulled cable does.
        self.cut = cut

    async def send(self, envelope):
        self._say({"way": "out", "frame": envelope})
        await self._inner.send(envelope)

    async def recv(self):
        envelope = await self._inner.recv()
        self._say({"way": "in", "frame": envelope})
        return envelope

    async def close(self):
        await self._inner.close()

    @property
    def is_closed(self):
        return self._inner.is_closed


def described(error):
    return {
        "type": type(error).__name__,
        "code": getattr(error, "code", None),
        "message": str(error),
        "retryable": getattr(error, "retryable", None),
        "details": getattr(error, "details", None),
    }
