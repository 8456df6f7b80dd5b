"""A runtime of the Python SDK, driven by a test over WebSocket, or by itself over its own stdin and stdout."""

import asyncio
import os
import signal
import sys
from decimal import Decimal

from arcp import (
    PermissionDeniedError,
    RuntimeInfo,
    StdioTransport,
    serve_websocket,
)
from arcp.runtime import ARCPRuntime, StaticBearerVerifier
from lines import Lines, Recorded

EVENTS = [
    ("log", {"level": "info", "message": "a line", "attributes": {"n": 1}}),
    ("progress", {"current": 1, "total": 2, "units": "steps", "message": "half"}),
    ("thought", {"text": "hm"}),
    ("status", {"phase": "thinking", "message": "hard"}),
    ("tool_call", {"tool_call_id": "call_1", "name": "grep", "arguments": {"for": "x"}}),
    ("tool_result", {"tool_call_id": "call_1", "output": ["x"]}),
    ("metric", {"name": "files", "value": 2, "unit": "count", "attributes": {"kind": "py"}}),
    ("artifact_ref", {"uri": "file:///a", "media_type": "text/plain", "size_bytes": 3}),
    ("delegate", {"child_job_id": "job_child", "agent": "echo"}),
    ("x-vendor.acme.note", {"any": ["json"]}),
    ("completed", {"result": "not yet"}),
]


async def echo(input, ctx):
    return input


async def every_kind(input, ctx):
    for kind, body in EVENTS:
        await ctx.job.emit_event(kind, body)
    return "done"


async def stream(input, ctx):
    """Writes a text, or the same as bytes, in parts."""
    parts = input["parts"]
    async with ctx.stream_result() as out:
        for part in parts:
            await out.write(part.encode() if input["bytes"] else part)


async def refuse(input, ctx):
    raise PermissionDeniedError("not you")


async def wait(input, ctx):
    await asyncio.Event().wait()


async def die(input, ctx):
    os.kill(os.getpid(), signal.SIGKILL)


def register(runtime, puppet=None):
    for name, agent in {"every": every_kind, "stream": stream, "refuse": refuse, "wait": wait, "die": die}.items():
        runtime.register_agent_version(name, "1.0.0", agent)
    runtime.register_agent_version("echo", "1.0.0", echo)
    runtime.register_agent_version("echo", "2.0.0", echo)
    if puppet is not None:
        runtime.register_agent_version("puppet", "1.0.0", puppet)
    return runtime


def new_runtime(**options):
    bearer = StaticBearerVerifier({"test-token": "ada", "bobs": "bob"})
    return ARCPRuntime(runtime=RuntimeInfo(name="interop-python", version="1.1.3"), bearer=bearer, **options)


class Commands:
    def __init__(self):
        self.lines = Lines(self)
        self._open = {}
        self._ending = []
        self._strings = {}

    async def serve(self, carrier):
        """Listens, for WebSocket or for whatever joins its pipes to a socket."""
        runtime = register(new_runtime(), self._puppet)

        async def accept(inner, cut):
            # Whoever comes back is heard once the cut has been noticed, so that each run tells the same.
            await asyncio.gather(*self._ending, return_exceptions=True)
            transport = Recorded(inner, self.lines.say, cut)
            self._open[asyncio.current_task()] = transport
            await runtime.accept(transport)

        async def accept_websocket(inner):
            await accept(inner, inner._conn.transport.abort)

        async def accept_lines(reader, writer):
            await accept(StdioTransport(reader, writer), writer.transport.abort)

        if carrier == "stdio":
            server = await asyncio.start_server(accept_lines, host="127.0.0.1", port=0)
        else:
            server = await serve_websocket(accept_websocket, host="127.0.0.1", port=0)
        return server.sockets[0].getsockname()[1]

    async def _puppet(self, input, ctx):
        """Does what the test says, one thing at a time."""
        strings = self._strings.setdefault(input, asyncio.Queue())
        while True:
            act, body, done = await strings.get()
            try:
                if act == "end":
                    return body
                if act == "emit":
                    await ctx.job.emit_event(**body)
                elif act == "spend":
                    await ctx.metric({"name": "cost.api", "value": Decimal(body), "unit": "USD"})
                elif act == "use":
                    ctx.authorize(*body)
                done.set_result(None)
            except BaseException as error:
                done.set_exception(error)
                raise
            finally:
                if not done.done():
                    done.set_result(None)

    async def pull(self, name, act, body=None):
        """Lets the puppet of that name act, and waits until it has."""
        done = asyncio.get_running_loop().create_future()
        self._strings.setdefault(name, asyncio.Queue()).put_nowait((act, body, done))
        await done

    async def hasten(self, seconds):
        """Lets time pass for everything that waits for it."""
        loop = asyncio.get_running_loop()
        time = loop.time
        loop.time = lambda: time() + seconds

    async def cut(self):
        self._ending = list(self._open)
        for transport in self._open.values():
            transport.cut()
        self._open = {}


async def over_stdio():
    await register(new_runtime()).accept(await StdioTransport.from_std_streams())


asyncio.run(over_stdio() if "--stdio" in sys.argv else Commands().lines.run())
