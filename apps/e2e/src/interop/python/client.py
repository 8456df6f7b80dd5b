"""A client of the Python SDK, driven by a test."""

import asyncio
import base64

from arcp import ClientInfo, ListJobsFilter, LeaseConstraints, SessionResume, StdioTransport, WebSocketTransport
from arcp.client import ARCPClient
from lines import Lines, Recorded


class Commands:
    def __init__(self):
        self.lines = Lines(self)
        self._jobs = {}

    async def connect(self, url=None, command=None, token="test-token", name="interop-python", resume=None):
        if url is not None:
            inner = await WebSocketTransport.connect(url)
            cut = inner._conn.transport.abort
        else:
            pipe = asyncio.subprocess.PIPE
            self._child = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
            inner = await StdioTransport.from_process_pipes(self._child)
            cut = self._child.kill
        self._transport = Recorded(inner, self.lines.say, cut)
        client = ClientInfo(name=name, version="1.1.3")
        self._client = ARCPClient(client=client, token=token, handshake_timeout_sec=60)
        if resume is None:
            welcome = await self._client.connect(self._transport)
        else:
            welcome = await self._client.resume(self._transport, resume=SessionResume(**resume))
        return welcome.model_dump(mode="json", exclude_none=True)

    async def submit(self, lease_constraints=None, **submit):
        if lease_constraints is not None:
            submit["lease_constraints"] = LeaseConstraints(**lease_constraints)
        handle = await self._client.submit(**submit)
        self._jobs[handle.job_id] = handle
        return handle.accepted.model_dump(mode="json", exclude_none=True)

    async def subscribe(self, job_id, **options):
        subscription = await self._client.subscribe(job_id, **options)
        self._jobs[job_id] = subscription.handle
        return {"subscribed_from": subscription.subscribed_from, "replayed": subscription.replayed}

    async def unsubscribe(self, job_id):
        await self._client.unsubscribe(job_id)

    async def next_event(self, job_id):
        return await self._jobs[job_id]._events.get()

    async def events(self, job_id):
        return [event async for event in self._jobs[job_id].events()]

    async def chunks(self, job_id):
        return base64.b64encode(await self._jobs[job_id].collect_chunks()).decode()

    async def done(self, job_id):
        result = await self._jobs[job_id].done
        return result.model_dump(mode="json", exclude_none=True)

    async def cancel(self, job_id, reason):
        await self._client.cancel_job(job_id, reason=reason)

    async def list_jobs(self, filter=None, limit=None, cursor=None):
        chosen = ListJobsFilter(**filter) if filter is not None else None
        page = await self._client.list_jobs(filter=chosen, limit=limit, cursor=cursor)
        return page.model_dump(mode="json", exclude_none=True)

    async def ack(self, seq):
        await self._client.ack(seq)

    async def position(self):
        return self._client.latest_event_seq

    async def cut(self):
        self._transport.cut()

    async def child_exit(self):
        return await self._child.wait()

    async def close(self):
        await self._client.close()


asyncio.run(Commands().lines.run())
