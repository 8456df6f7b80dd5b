import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createSecureServer } from 'node:tls'
import { LeaseExpiredError } from '@arcp/protocol'
import { describe, expect, it } from 'vitest'
import { permitted } from '../../../testing/permitted'
import { createFetch } from './create-fetch'

/** Loopback that plays the internet, and loopback that is itself. */
const PUBLIC = '127.0.0.2'
const LOCAL = '127.0.0.1'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** A server at both addresses, one port, and what it was asked. */
async function web(answer: Answer) {
  const asked: {
    readonly at: string | undefined
    readonly host: string | undefined
    readonly line: string
    readonly headers: IncomingMessage['headers']
    body: string
  }[] = []
  const onRequest: Answer = (request, response) => {
    const { method, url, headers, socket } = request
    const entry = { at: socket.localAddress, host: headers.host, line: `${method} ${url}`, headers, body: '' }
    asked.push(entry)
    request.setEncoding('utf8').on('data', (text: string) => {
      entry.body += text
    })
    request.on('end', () => answer(request, response))
  }
  const first = createServer(onRequest).listen(0, PUBLIC)
  await once(first, 'listening')
  const { port } = first.address() as AddressInfo
  const second = createServer(onRequest).listen(port, LOCAL)
  await once(second, 'listening')
  return {
    port,
    asked,
    async [Symbol.asyncDispose]() {
      for (const server of [first, second]) {
        server.closeAllConnections()
        server.close()
      }
    },
  }
}

/** A job whose names resolve as told, each time to the next list of addresses, the last one again and again. */
function job(patterns: string[], names: Readonly<Record<string, readonly (readonly string[])[]>> = {}) {
  const allowed = permitted({ 'net.fetch': patterns })
  const abort = new AbortController()
  const looks: string[] = []
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const fetch = createFetch({
    permit: allowed.permit,
    signal: abort.signal,
    ended,
    network: {
      isPublic: (address) => address === PUBLIC,
      resolve: async (hostname) => {
        const answers = names[hostname]
        if (!answers) throw Object.assign(new Error(`no address of ${hostname}`), { code: 'ENOTFOUND' })
        const before = looks.filter((look) => look === hostname).length
        looks.push(hostname)
        return answers[Math.min(before, answers.length - 1)] ?? []
      },
    },
  })
  return { ...allowed, fetch, abort, looks, end }
}

const denied = { code: 'PERMISSION_DENIED' }
const text: Answer = (_, response) => void response.end('hello')
const open = { 'a.test': [[PUBLIC]], 'b.test': [[PUBLIC]] }

describe('a guarded request', () => {
  it('goes where the lease allows, by name and as it is, and appends nothing', async () => {
    await using server = await web((_, response) => void response.writeHead(201, { 'x-y': 'z' }).end('made'))
    const { fetch, events, decisions, looks } = job([`http://a.test:${server.port}/**`], open)
    const response = await fetch(new URL(`http://a.test:${server.port}/x?key=secret#part`), {
      method: 'post',
      headers: { 'x-a': 'b', host: 'inner.test' },
      body: new URLSearchParams({ q: '1' }),
    })
    expect([response.status, response.headers.get('x-y'), await response.text()]).toEqual([201, 'z', 'made'])
    expect(response.url).toBe(`http://a.test:${server.port}/x?key=secret`)
    expect(response.redirected).toBe(false)
    expect(server.asked).toMatchObject([
      {
        at: PUBLIC,
        host: `a.test:${server.port}`,
        line: 'POST /x?key=secret',
        headers: { 'x-a': 'b' },
        body: 'q=1',
      },
    ])
    expect(events).toEqual([])
    expect(looks).toEqual(['a.test'])
    expect(decisions).toEqual([['net.fetch', `http://a.test:${server.port}/x`, undefined]])
  })

  it('is denied elsewhere before anything is resolved, and tells no secrets of its URL', async () => {
    const { fetch, events, looks } = job(['http://a.test/**'], open)
    await expect(fetch('http://b.test/x?key=secret')).rejects.toMatchObject(denied)
    expect(looks).toEqual([])
    expect(events).toMatchObject([
      { type: 'job.tool_call', body: { tool: 'net.fetch', args: { target: 'http://b.test/x' } } },
      { type: 'job.tool_result', body: { error: { ...denied, details: { target: 'http://b.test/x' } } } },
    ])
    expect(JSON.stringify(events)).not.toContain('secret')
  })

  it.each([
    '',
    'a.test',
    '//a.test',
    'file:///etc/passwd',
    'data:,x',
    'ftp://a.test/',
    'http://u:p@a.test/',
    'http://u@a.test/',
  ])('takes http and https URLs without user info: not %j', async (url) => {
    const { fetch, decisions, events } = job(['**'], open)
    await expect(fetch(url)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    expect(decisions).toEqual([['net.fetch', expect.not.stringMatching(/passwd|u:p/), 'INVALID_REQUEST']])
    expect(events).toMatchObject([
      { type: 'job.tool_call', body: { tool: 'net.fetch' } },
      { type: 'job.tool_result', body: { error: { code: 'INVALID_REQUEST' } } },
    ])
  })

  it('sends forms, and streams', async () => {
    await using server = await web(text)
    const { fetch } = job([`http://a.test:${server.port}/**`], open)
    const form = new FormData()
    form.set('name', 'value')
    await (await fetch(`http://a.test:${server.port}/form`, { method: 'POST', body: form })).text()
    const stream = new Blob(['streamed']).stream()
    await (
      await fetch(`http://a.test:${server.port}/stream`, {
        method: 'POST',
        body: stream,
        duplex: 'half',
      } as RequestInit)
    ).text()
    expect(server.asked[0]?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/)
    expect(server.asked[0]?.body).toContain('name="name"')
    expect(server.asked[1]?.body).toBe('streamed')
  })

  it('waits while the job has 64 connections to the same origin', async () => {
    const held: ServerResponse[] = []
    const ports = new Set<number | undefined>()
    await using server = await web(({ socket }, response) => {
      held.push(response)
      ports.add(socket.remotePort)
      if (ports.size === 64) for (const one of held.splice(0)) one.end('done')
    })
    const { fetch } = job(['**'], open)
    const requests = Array.from({ length: 65 }, async (_, i) => {
      return (await fetch(`http://a.test:${server.port}/${i}`)).text()
    })
    expect(new Set(await Promise.all(requests))).toEqual(new Set(['done']))
    expect([ports.size, server.asked.length]).toEqual([64, 65])
  })

  it('fails as fetch does where nothing answers', async () => {
    const { fetch } = job(['**'], open)
    await expect(fetch('http://none.test/')).rejects.toThrow(TypeError)
  })
})

describe('R-AUT-11 a name', () => {
  it('that resolves to another address at the second look is connected to where the first look led', async () => {
    await using server = await web(text)
    const { fetch, looks } = job(['**', `http://a.test:${server.port}/**`], { 'a.test': [[PUBLIC], [LOCAL]] })
    expect(await (await fetch(`http://a.test:${server.port}/`)).text()).toBe('hello')
    expect(looks).toEqual(['a.test'])
    expect(server.asked).toMatchObject([{ at: PUBLIC, host: `a.test:${server.port}` }])
  })

  it('is what a TLS handshake asks for, though an address is connected to', async () => {
    const asked: string[] = []
    const server = createSecureServer({
      SNICallback: (name, done) => {
        asked.push(name)
        done(new Error('no certificate'))
      },
    }).listen(0, PUBLIC)
    await once(server, 'listening')
    const { fetch } = job(['**'], open)
    await expect(fetch(`https://a.test:${(server.address() as AddressInfo).port}/`)).rejects.toThrow(
      TypeError,
    )
    expect(asked).toEqual(['a.test'])
    server.close()
  })

  it('that leads elsewhere by the time of the next connection is denied there', async () => {
    await using server = await web(
      (_, response) => void response.writeHead(200, { connection: 'close' }).end(),
    )
    const { fetch, events } = job([`http://a.test:${server.port}/**`], { 'a.test': [[PUBLIC], [LOCAL]] })
    await (await fetch(`http://a.test:${server.port}/`)).text()
    await expect(fetch(`http://a.test:${server.port}/`)).rejects.toMatchObject(denied)
    expect(server.asked).toHaveLength(1)
    expect(events).toMatchObject([{}, { body: { error: denied } }])
  })

  it('that leads to several addresses is connected to at the public ones', async () => {
    await using server = await web(text)
    const { fetch } = job([`http://a.test:${server.port}/**`], { 'a.test': [[LOCAL, '10.0.0.1', PUBLIC]] })
    expect(await (await fetch(`http://a.test:${server.port}/`)).text()).toBe('hello')
    expect(server.asked.map(({ at }) => at)).toEqual([PUBLIC])
  })

  it.each([[[LOCAL]], [['::1']], [[LOCAL, '169.254.169.254']], [[]], [['not an address']]])(
    'that leads nowhere public is denied: %j',
    async (addresses) => {
      await using server = await web(text)
      const { fetch, decisions } = job(['**', `http://127.0.0.1:${server.port}/**`], {
        'a.test': [addresses],
      })
      await expect(fetch(`http://a.test:${server.port}/`)).rejects.toMatchObject(denied)
      expect(server.asked).toEqual([])
      expect(decisions.at(-1)).toEqual(['net.fetch', `http://a.test:${server.port}/`, 'PERMISSION_DENIED'])
    },
  )
})

describe('R-AUT-11 an address that is not public', () => {
  it.each([
    '127.0.0.1',
    '127.1',
    '0x7f.1',
    '2130706433',
    '017700000001',
    '[::ffff:127.0.0.1]',
    '[::1]',
    '0.0.0.0',
    'localhost',
    'LOCALHOST',
  ])('is not reached as %s by a pattern that does not name it', async (host) => {
    await using server = await web(text)
    const patterns = [
      '**',
      'http://**/**',
      `http://*:${server.port}/**`,
      `http://127.0.0.*:${server.port}/**`,
      `http://**:${server.port}/**`,
    ]
    const { fetch, events } = job(patterns)
    await expect(fetch(`http://${host}:${server.port}/`)).rejects.toMatchObject(denied)
    expect(server.asked).toEqual([])
    expect(events).toHaveLength(2)
  })

  it('is reached where a pattern names it', async () => {
    await using server = await web(text)
    const { fetch } = job([`http://127.0.0.1:${server.port}/a/**`, '**'])
    expect(await (await fetch(`http://127.0.0.1:${server.port}/a/b`)).text()).toBe('hello')
    expect((await fetch(`http://2130706433:${server.port}/a`)).ok).toBe(true)
    await expect(fetch(`http://127.0.0.1:${server.port}/b`)).rejects.toMatchObject(denied)
    await expect(fetch(`http://localhost:${server.port}/a`)).rejects.toMatchObject(denied)
  })

  it('is reached as localhost where a pattern names that, whatever that name resolves to', async () => {
    await using server = await web(text)
    const { fetch, looks } = job([`http://localhost:${server.port}/**`], { localhost: [[PUBLIC]] })
    expect(await (await fetch(`http://localhost:${server.port}/`)).text()).toBe('hello')
    expect(server.asked.map(({ at }) => at)).toEqual([LOCAL])
    expect(looks).toEqual([])
  })
})

describe('R-AUT-11 a redirect', () => {
  /** Sends `/to?URL` there, with the status of `/307?URL`. */
  const redirecting: Answer = ({ url = '' }, response) => {
    const [path = '', location] = url.split('?')
    if (location === undefined) response.end('arrived')
    else response.writeHead(Number(path.slice(1)), { location: decodeURIComponent(location) }).end('gone')
  }

  it.each(['b.test', '127.0.0.1', 'localhost', 'user:pass@a.test', 'a.test:1'])(
    'to http://%s is checked like any other',
    async (host) => {
      await using server = await web(redirecting)
      const { fetch, events } = job([`http://a.test:${server.port}/**`], open)
      const to = host.includes(':1') ? `http://${host}/x?secret` : `http://${host}:${server.port}/x?secret`
      await expect(fetch(`http://a.test:${server.port}/302?${encodeURIComponent(to)}`)).rejects.toMatchObject(
        denied,
      )
      expect(server.asked).toHaveLength(1)
      expect(events).toMatchObject([{ body: { tool: 'net.fetch' } }, { body: { error: denied } }])
      expect(JSON.stringify(events)).not.toMatch(/secret|pass/)
    },
  )

  it.each(['file:///etc/passwd', 'data:,x', 'ftp://a.test/', 'javascript:1'])(
    'to %s is denied',
    async (to) => {
      await using server = await web(redirecting)
      const { fetch } = job(['**'], open)
      await expect(fetch(`http://a.test:${server.port}/302?${encodeURIComponent(to)}`)).rejects.toMatchObject(
        denied,
      )
    },
  )

  it('to a name that leads to a private address is denied', async () => {
    await using server = await web(redirecting)
    const { fetch } = job(['**'], { ...open, 'inner.test': [[LOCAL]] })
    const to = encodeURIComponent(`http://inner.test:${server.port}/`)
    await expect(fetch(`http://a.test:${server.port}/302?${to}`)).rejects.toMatchObject(denied)
    expect(server.asked).toHaveLength(1)
  })

  it('that the lease covers is followed, and takes no credentials along to another origin', async () => {
    await using server = await web(redirecting)
    const { fetch } = job(['**'], open)
    const headers = { authorization: 'Bearer s', cookie: 'c=1', 'proxy-authorization': 'p', 'x-kept': 'yes' }
    const here = encodeURIComponent(`http://a.test:${server.port}/x`)
    const there = encodeURIComponent(`http://b.test:${server.port}/307?${here}`)
    const response = await fetch(`http://a.test:${server.port}/301?${encodeURIComponent(`/308?${there}`)}`, {
      headers,
    })
    expect([await response.text(), response.redirected, response.url]).toEqual([
      'arrived',
      true,
      `http://a.test:${server.port}/x`,
    ])
    expect(
      server.asked.map(({ host, headers }) => [
        host?.split(':')[0],
        headers.authorization,
        headers.cookie,
        headers['proxy-authorization'],
        headers['x-kept'],
      ]),
    ).toEqual([
      ['a.test', 'Bearer s', 'c=1', 'p', 'yes'],
      ['a.test', 'Bearer s', 'c=1', 'p', 'yes'],
      ['b.test', undefined, undefined, undefined, 'yes'],
      ['a.test', undefined, undefined, undefined, 'yes'],
    ])
  })

  it.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [302, 'PUT', 'PUT', 'body'],
    [303, 'PUT', 'GET', ''],
    [307, 'POST', 'POST', 'body'],
    [308, 'POST', 'POST', 'body'],
  ])('with %i makes a %s a %s', async (status, method, becomes, body) => {
    await using server = await web(redirecting)
    const { fetch } = job(['**'], open)
    await (await fetch(`http://a.test:${server.port}/${status}?/x`, { method, body: 'body' })).text()
    expect(server.asked[1]).toMatchObject({ line: `${becomes} /x`, body })
    expect(server.asked[1]?.headers['content-type']).toBe(
      body === '' ? undefined : 'text/plain;charset=UTF-8',
    )
  })

  it('cannot take a stream along', async () => {
    await using server = await web(redirecting)
    const { fetch } = job(['**'], open)
    const body = new Blob(['x']).stream()
    await expect(
      fetch(`http://a.test:${server.port}/307?/x`, { method: 'POST', body, duplex: 'half' } as RequestInit),
    ).rejects.toThrow(TypeError)
  })

  it('is followed ten times, and not an eleventh', async () => {
    await using server = await web(({ url = '' }, response) => {
      const left = Number(url.slice(1))
      if (left === 0) response.end('arrived')
      else response.writeHead(302, { location: `/${left - 1}` }).end()
    })
    const { fetch } = job(['**'], open)
    expect(await (await fetch(`http://a.test:${server.port}/10`)).text()).toBe('arrived')
    await expect(fetch(`http://a.test:${server.port}/11`)).rejects.toThrow('redirected more than 10 times')
  })

  it('is handed over or refused where that is asked for', async () => {
    await using server = await web(redirecting)
    const { fetch } = job(['**'], open)
    const url = `http://a.test:${server.port}/302?/x`
    const response = await fetch(url, { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([302, '/x'])
    await expect(fetch(url, { redirect: 'error' })).rejects.toThrow(TypeError)
    expect(server.asked).toHaveLength(2)
  })
})

describe('the end of a job', () => {
  const endless: Answer = (_, response) => {
    response.write('some')
  }
  const expired = new LeaseExpiredError('the lease has ended')

  it('ends a request that waits for its answer', async () => {
    let asked = () => {}
    const waiting = new Promise<void>((resolve) => {
      asked = resolve
    })
    await using server = await web(() => asked())
    const { fetch, abort } = job(['**'], open)
    const response = fetch(`http://a.test:${server.port}/`)
    await waiting
    abort.abort(expired)
    await expect(response).rejects.toBe(expired)
    await expect(fetch(`http://a.test:${server.port}/`)).rejects.toBe(expired)
  })

  it('ends a body that is being read, when the lease expires', async () => {
    await using server = await web(endless)
    const { fetch, abort } = job(['**'], open)
    const response = await fetch(`http://a.test:${server.port}/`)
    const reader = response.body?.getReader()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('some')
    abort.abort(expired)
    await expect(reader?.read()).rejects.toBe(expired)
  })

  it('ends a body that somebody still reads when the agent has returned', async () => {
    await using server = await web(endless)
    const { fetch, end } = job(['**'], open)
    const response = await fetch(`http://a.test:${server.port}/`)
    const body = response.text()
    end()
    await expect(body).rejects.toThrow()
  })

  it('and the signal of a request may end it, whichever comes first', async () => {
    await using server = await web(endless)
    const { fetch, abort } = job(['**'], open)
    const own = new AbortController()
    const response = await fetch(`http://a.test:${server.port}/`, { signal: own.signal })
    const other = await fetch(`http://a.test:${server.port}/`, { signal: new AbortController().signal })
    own.abort(new Error('enough'))
    await expect(response.text()).rejects.toThrow('enough')
    abort.abort(expired)
    await expect(other.text()).rejects.toBe(expired)
  })
})
