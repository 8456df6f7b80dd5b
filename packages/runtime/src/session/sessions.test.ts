import { describe, expect, it } from 'vitest'
import { heldAgent } from '../testing/agents'
import { asBob, type Harness, harness, submitted, terminalOf } from '../testing/harness'

describe('a principal with as many sessions as it may have', () => {
  it('R-SEC-6: is refused a further one, which costs nobody a parked session', async () => {
    await using h = harness({ limits: { sessions: 2, sessionsPerPrincipal: 1 } })
    const bob = h.dial()
    const welcome = await bob.hello(asBob)
    bob.request('session.ping', { nonce: 'heard' })
    await bob.next('session.pong')
    await bob.close()
    await h.connect()
    await expect(h.connect()).rejects.toThrow('sessions_per_principal')
    const resume = {
      session_id: welcome.session_id,
      resume_token: welcome.payload.resume_token,
      last_event_seq: 0,
      cursors: {},
    }
    const back = await h.dial().hello({ ...asBob, resume })
    expect(back.session_id).toBe(welcome.session_id)
  })

  it('may open another in place of one whose welcome never arrived', async () => {
    await using h = harness({ limits: { sessionsPerPrincipal: 2 } })
    const heard = await parked(h)
    await (await h.connect()).close()
    await (await h.connect()).close()
    const again = await h.connect()
    expect((await heard.resume()).type).toBe('session.welcome')
    await expect(h.connect()).rejects.toThrow('sessions_per_principal')
    again.request('session.ping', { nonce: 'heard' })
    await again.next('session.pong')
    await again.close()
    await expect(h.connect()).rejects.toThrow('sessions_per_principal')
  })
})

/** Opens a session and loses its connection; `resume` brings it back. */
async function parked(h: Harness, submit?: object) {
  const peer = h.dial()
  const { session_id, payload } = await peer.hello()
  const accepted = submit && (await submitted(peer, submit))
  peer.request('session.ping', { nonce: 'heard' })
  await peer.next('session.pong')
  await peer.close()
  const resume = { session_id, resume_token: payload.resume_token, last_event_seq: 0, cursors: {} }
  return { accepted, resume: () => h.dial().hello({ resume }) }
}

describe('sessions without a connection', () => {
  it('are kept up to a number, and beyond it the longest parked one ends, though its jobs do not', async () => {
    const held = heldAgent()
    await using h = harness({ agents: [held.implementation], limits: { parkedSessions: 2 } })
    const first = await parked(h, { agent: 'held' })
    const second = await parked(h)
    const third = await parked(h)
    await expect(first.resume()).rejects.toThrow('RESUME_WINDOW_EXPIRED')
    for (const { resume } of [second, third]) expect((await resume()).type).toBe('session.welcome')
    const heir = await h.connect()
    const taken = await submitted(heir, { resume_token: first.accepted?.payload.resume_token, after_seq: 0 })
    expect(taken.payload).toMatchObject({ job_id: first.accepted?.job_id, resumed: true })
    held.gate.open('ran on')
    expect((await terminalOf(heir, taken.job_id)).payload.result).toBe('ran on')
  })
})
