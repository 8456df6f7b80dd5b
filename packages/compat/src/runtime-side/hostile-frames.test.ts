import type { Envelope } from '@arcp/protocol'
import { seededRandom } from '@arcp/testkit'
import { expect, it } from 'vitest'
import type { Dialect } from '../peer'
import { runtimeRules } from '../runtime-rules'
import { clientOf, frame, greetedClient, helloOf } from '../testing/client-frames'

const DIALECTS: readonly Dialect[] = ['python', 'older-python', 'typescript', 'go', 'java', 'csharp', 'draft']

const VALUES = [
  null,
  0,
  -1,
  1e308,
  '',
  'x',
  [],
  [null, {}],
  {},
  { status: 5 },
  { features: 7 },
  true,
  '__proto__',
  'a.b',
]

/** Fields that some rule reads. */
const FIELDS = [
  ...['auth', 'client', 'capabilities', 'resume', 'resume_token', 'session_id', 'last_event_seq', 'history'],
  ...[
    'from_event_seq',
    'filter',
    'limit',
    'job_id',
    'reason',
    'agent',
    'request_id',
    'constructor',
    '__proto__',
  ],
]

const TYPES = [
  ...[
    'session.hello',
    'session.resume',
    'session.bye',
    'session.list_jobs',
    'job.submit',
    'job.cancel',
    'job.subscribe',
  ],
  ...['job.unsubscribe', 'constructor', '__proto__', 'toString', 'x-acme.y', 'session.error', 'job.event'],
]

/** Frames of a client with anything in any place. */
function hostileFrames(seed: string, count: number): Envelope[] {
  const random = seededRandom(seed)
  const pick = <T>(values: readonly T[]): T => values[(random(1)[0] ?? 0) % values.length] as T
  return Array.from({ length: count }, (_, i) => {
    const fields = Array.from(
      { length: 4 },
      () => `${JSON.stringify(pick(FIELDS))}:${JSON.stringify(pick(VALUES))}`,
    )
    return frame(pick(TYPES), JSON.parse(`{${fields.join(',')}}`), { id: `h${i}` })
  })
}

it.each(DIALECTS)(
  'any frame of a client of %s becomes frames for the runtime, and leaves its objects alone (R-SEC-3)',
  (dialect) => {
    const client = greetedClient(runtimeRules, dialect, { openRequests: 10_000 })
    for (const hostile of hostileFrames(dialect, 500)) {
      const read = client.read(hostile)
      expect(read.length, JSON.stringify(hostile)).toBe(1)
      expect(read[0]).toMatchObject({ arcp: '1.1', id: hostile.id, payload: expect.any(Object) })
    }
    expect(Object.keys(Object.prototype)).toEqual([])
  },
)

it('any hello becomes one', () => {
  for (const { payload } of hostileFrames('hello', 500)) {
    const hello = helloOf('draft', payload)
    expect(clientOf(runtimeRules, hello).read(hello)).toHaveLength(1)
  }
})

it('what users write passes as it is, whatever its keys', () => {
  const input = JSON.parse('{"__proto__":{"a":null},"constructor":null,"seq":1,"resume_token":"x"}')
  const submit = frame('job.submit', { agent: 'a', input })
  for (const dialect of DIALECTS) {
    const client = greetedClient(runtimeRules, dialect)
    expect(JSON.stringify(client.read(submit)[0]?.payload.input)).toBe(JSON.stringify(input))
    const done = frame('job.completed', { seq: 3, ts: 't', result: input }, { job_id: 'job_1', event_seq: 3 })
    expect(JSON.stringify(client.write(done)[0]?.payload.result)).toBe(JSON.stringify(input))
  }
})
