import { ConnectionError } from '@arcp/protocol'
import { type Dialer, memoryDialer } from '@arcp/protocol/transport'
import { collect, scriptedPeer, TestClock, testAcceptor } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { connect } from '../connect'
import { conversation, runtimeSide, welcome } from '../testing/conversation'

describe('closing', () => {
  it('says so, waits for the farewell, then ends the transport', async () => {
    await using talk = await conversation()
    const closing = talk.client.close('done here')
    expect(talk.client.state).toBe('closed')
    expect(await talk.peer.next('session.close')).toMatchObject({ payload: { reason: 'done here' } })
    let ended = false
    void talk.peer.closed.then(() => {
      ended = true
    })
    await talk.clock.settle()
    expect(ended).toBe(false)
    talk.say('session.closed', { reason: 'bye', resume: false })
    await closing
    expect(await talk.peer.closed).toEqual({ code: 1000, reason: '' })
    expect(talk.clock.timers).toBe(0)
  })

  it('hangs up on a runtime that says no farewell, after 2 s', async () => {
    await using talk = await conversation()
    const closing = talk.client.close()
    await talk.peer.next('session.close')
    talk.clock.advance(2_000)
    await closing
    await talk.peer.closed
    expect(talk.clock.timers).toBe(0)
  })

  it('is content when the runtime hangs up instead', async () => {
    await using talk = await conversation()
    const closing = talk.client.close()
    await talk.peer.close()
    await closing
    expect(talk.clock.timers).toBe(0)
  })

  it('is done when the transport has ended, not before', async () => {
    const acceptor = testAcceptor()
    const order: string[] = []
    const dialer: Dialer = {
      async open(signal) {
        const transport = await memoryDialer(acceptor).open(signal)
        const start = transport.start.bind(transport)
        transport.start = (handler) =>
          start({
            frame: (text) => handler.frame(text),
            drain: () => handler.drain(),
            close: (info) =>
              setImmediate(() => {
                order.push('transport ended')
                handler.close(info)
              }),
          })
        return transport
      },
    }
    const connecting = connect(dialer, { token: 't', clock: new TestClock() })
    const { peer, say } = runtimeSide(scriptedPeer((await acceptor.next()).transport))
    say('session.welcome', welcome())
    const client = await connecting
    const closing = client.close().then(() => order.push('closed'))
    await peer.next('session.close')
    say('session.closed', { reason: 'bye', resume: false })
    await closing
    expect(order).toEqual(['transport ended', 'closed'])
  })

  it('happens once', async () => {
    await using talk = await conversation()
    const closing = talk.client.close()
    expect(talk.client.close('again')).toBe(closing)
    talk.say('session.closed', { reason: 'bye', resume: false })
    await closing
    await talk.client.close()
    expect(talk.peer.frames.filter(({ type }) => type === 'session.close')).toHaveLength(1)
  })

  it('sends what was asked for before it in the same tick, first', async () => {
    await using talk = await conversation()
    const submitting = talk.client.submit('echo', 1)
    const closing = talk.client.close()
    await expect(submitting).rejects.toThrow(ConnectionError)
    await talk.peer.next('session.close')
    expect(talk.peer.frames.map(({ type }) => type)).toEqual([
      'session.hello',
      'session.ack',
      'job.submit',
      'session.close',
    ])
    talk.say('session.closed', { reason: 'bye', resume: false })
    await closing
  })

  it('happens by itself at the end of a scope', async () => {
    const talk = await conversation()
    {
      await using _client = talk.client
      void talk.peer
        .next('session.close')
        .then(() => talk.say('session.closed', { reason: 'bye', resume: false }))
    }
    expect(talk.client.state).toBe('closed')
    expect(await talk.peer.closed).toEqual({ code: 1000, reason: '' })
  })

  it('rejects what still waits, and what is asked for later', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    const waiting = [job.result(), job.events().next(), talk.client.submit('echo', 1), job.cancel()]
    const closing = talk.client.close()
    talk.say('session.closed', { reason: 'bye', resume: false })
    for (const call of [...waiting, talk.client.submit('echo', 2), job.cancel()]) {
      await expect(call).rejects.toThrow(ConnectionError)
      await expect(call).rejects.toThrow('this client was closed')
    }
    await closing
  })
})

describe('the loss of the connection', () => {
  it('R-SUB-7 rejects everything that waits, saying what happened', async () => {
    await using talk = await conversation({ limits: { unansweredSubmits: 1 } })
    const job = await talk.job('job_1')
    const other = await talk.job('job_2')
    const waiting = [
      job.result(),
      job.cancel(),
      talk.client.submit('echo', 1),
      talk.client.submit('echo', 2),
      collect(other.events()),
      new Response(other.resultStream()).text(),
    ]
    await talk.peer.close(1011, 'out of memory')
    for (const call of waiting) {
      await expect(call).rejects.toThrow(ConnectionError)
      await expect(call).rejects.toThrow('the connection was lost (code 1011: out of memory)')
    }
    expect(talk.clock.timers).toBe(0)
  })

  it('leaves the events that came before it to be read, and then throws', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    talk.event('job_1', 'job.queued', 1)
    await talk.peer.close()
    const events = job.events()
    expect((await events.next()).value).toMatchObject({ type: 'job.queued' })
    await expect(events.next()).rejects.toThrow(ConnectionError)
  })

  it('ends the client: later calls reject with the same', async () => {
    await using talk = await conversation()
    await talk.peer.close()
    expect(talk.client.state).toBe('closed')
    await expect(talk.client.submit('echo', 1)).rejects.toThrow('was lost (code 1000)')
    await talk.client.close()
  })

  it('is told by a farewell of the runtime, which closes the transport', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    const result = job.result()
    talk.say('session.closed', { reason: 'shutdown', resume: true })
    await expect(result).rejects.toThrow('the runtime closed the session: shutdown')
    await talk.peer.closed
    expect(talk.client.state).toBe('closed')
  })

  it('leaves jobs that have ended as they are', async () => {
    await using talk = await conversation()
    const job = await talk.job('job_1')
    talk.event('job_1', 'job.completed', 1, { result: 'kept' })
    await talk.peer.close()
    expect(await job.result()).toBe('kept')
    expect(await collect(job.events())).toHaveLength(1)
  })
})

describe('the state', () => {
  it('is told to those who listen, once, until they stop', async () => {
    await using talk = await conversation()
    const told: string[] = []
    const listener = (state: string) => told.push(state)
    talk.client.onStateChange(listener)
    const stop = talk.client.onStateChange(listener)
    stop()
    stop()
    await talk.peer.close()
    expect(told).toEqual(['closed'])
  })

  it('keeps its reason where whoever is told of the end closes the client', async () => {
    await using talk = await conversation()
    talk.client.onStateChange(() => void talk.client.close())
    const submitting = talk.client.submit('echo', 1)
    talk.say('session.closed', { reason: 'taken_over', resume: false })
    await expect(submitting).rejects.toThrow('the runtime closed the session: taken_over')
  })

  it('is told to all though one throws', async () => {
    await using talk = await conversation()
    const told: string[] = []
    talk.client.onStateChange(() => {
      throw new Error('mine')
    })
    talk.client.onStateChange((state) => told.push(state))
    const submitting = talk.client.submit('echo', 1)
    await talk.peer.close()
    await expect(submitting).rejects.toThrow(ConnectionError)
    expect(told).toEqual(['closed'])
    expect(talk.logs.lines).toContain('error: a listener threw')
  })
})
