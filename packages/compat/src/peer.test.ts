import { describe, expect, it } from 'vitest'
import { type Dialect, isOfDraft, recognise } from './peer'
import { frame } from './testing/client-frames'

const FEATURES = ['heartbeat', 'ack', 'list_jobs', 'progress', 'result_chunk']

/** The hello of an application that says nothing of its implementation. */
const hello = (capabilities: object, fields: object = {}, name = 'my-app') =>
  frame('session.hello', { client: { name, version: '1' }, capabilities }, { ...fields })

describe('a peer speaks the draft', () => {
  it('when it names features, and typed events not among them', () => {
    expect(isOfDraft(hello({ features: FEATURES }))).toBe(true)
    expect(isOfDraft(hello({ features: [...FEATURES, 'typed_events'] }))).toBe(false)
    expect(isOfDraft(hello({ features: [] }))).toBe(false)
    expect(isOfDraft(hello({}))).toBe(false)
  })

  it('when it resumes a session in the draft’s way', () => {
    expect(isOfDraft(frame('session.resume', { resume_token: 't' }))).toBe(true)
  })

  it('never by fields that hold anything else', () => {
    for (const capabilities of [null, 5, [], 'x', { features: 'ack' }, { features: [1, null] }]) {
      expect(isOfDraft(frame('session.hello', { capabilities }))).toBe(false)
    }
  })
})

describe('its implementation is recognised', () => {
  it.each<[string, Dialect]>([
    ['arcp-python', 'older-python'],
    ['ARCP Python SDK', 'older-python'],
    ['@arcp/typescript', 'typescript'],
    ['arcp-go-client', 'go'],
    ['arcp-client-java', 'java'],
    ['javascript-thing', 'draft'],
    ['Arcp.NET', 'csharp'],
    ['arcp-csharp', 'csharp'],
    ['mango', 'draft'],
  ])('by the name %s as %s', (name, dialect) => {
    expect(recognise(hello({ features: FEATURES }, {}, name))).toBe(dialect)
    const welcome = { runtime: { name, version: '1' }, capabilities: { features: FEATURES } }
    expect(recognise(frame('session.welcome', welcome))).toBe(dialect)
  })

  it('by the form of its hello, where the name is an application’s', () => {
    expect(recognise(hello({ features: FEATURES }, { timestamp: '2026-01-01T00:00:00+00:00' }))).toBe(
      'csharp',
    )
    expect(recognise(hello({ features: FEATURES, agents: [] }))).toBe('older-python')
    expect(recognise(hello({ features: [...FEATURES].sort() }))).toBe('java')
    expect(recognise(hello({ features: FEATURES }))).toBe('draft')
  })

  it('by that form even where the name of the application sounds like another one', () => {
    expect(recognise(hello({ features: FEATURES, agents: [] }, {}, 'go-faster'))).toBe('older-python')
    expect(recognise(hello({ features: FEATURES }, { timestamp: 'now' }, 'node-watcher'))).toBe('csharp')
  })

  it('as the newer Python by where it names its newest feature', () => {
    const newer = ['heartbeat', 'model.use', 'progress', 'result_chunk']
    const older = [...FEATURES, 'model.use', 'provisioned_credentials']
    expect(recognise(hello({ features: newer, agents: [] }))).toBe('python')
    expect(recognise(hello({ features: older, agents: [] }))).toBe('older-python')
  })

  it('as nobody’s from fields that hold anything else', () => {
    for (const value of [null, 5, [], 'x', { name: 5 }]) {
      const payload = { client: value, runtime: value, capabilities: value }
      expect(recognise(frame('session.hello', payload))).toBe('draft')
    }
  })
})
