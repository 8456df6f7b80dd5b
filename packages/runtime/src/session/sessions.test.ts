import { describe, expect, it } from 'vitest'
import { asBob, harness } from '../testing/harness'

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
})
