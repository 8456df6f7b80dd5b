import { readFrame } from '@arcp/protocol'
import { seededRandom } from '@arcp/testkit'
import { expect, it } from 'vitest'
import { clientRules } from '../client-rules'
import type { Dialect } from '../peer'
import { frame } from '../testing/client-frames'
import { accept, logged, reach, runningJob, submit } from '../testing/runtime-frames'

const DIALECTS: readonly Dialect[] = ['python', 'older-python', 'typescript', 'go', 'java', 'csharp', 'draft']

const LONG = 'l'.repeat(257)
const VALUES = [
  ...[null, 0, -1, 1e308, true, '', 'x', LONG, [], [null, {}], {}, { status: 5 }, { USD: {} }],
  ...[
    'job_1',
    'job_2',
    's1',
    'l1',
    'u1',
    'log',
    'completed',
    'cancelled',
    'timed_out',
    '__proto__',
    'compat_resumed',
  ],
]

/** Fields that some rule reads. */
const FIELDS = [
  ...[
    'job_id',
    'request_id',
    'kind',
    'body',
    'ts',
    'code',
    'message',
    'details',
    'final_status',
    'result',
    'output',
  ],
  ...[
    'result_id',
    'encoding',
    'data',
    'budget',
    'lease',
    'agent',
    'current_status',
    'jobs',
    'next_cursor',
    'reason',
  ],
  ...[
    'ping_nonce',
    'delegate_id',
    'max_frame_bytes',
    'capabilities',
    'resume_token',
    'seq',
    'constructor',
    '__proto__',
  ],
]

const TYPES = [
  ...['welcome', 'error', 'jobs', 'pong', 'ping', 'bye', 'closed', 'resume'].map((type) => `session.${type}`),
  ...['accepted', 'subscribed', 'cancelled', 'event', 'result', 'error', 'log', 'completed'].map(
    (type) => `job.${type}`,
  ),
  ...['x-acme.note', 'constructor', '__proto__'],
]

it.each(DIALECTS)(
  'whatever a runtime of %s says, the client is told what it can read, and the runtime too (R-SEC-3)',
  async (dialect) => {
    const random = seededRandom(dialect)
    const pick = <T>(values: readonly T[]): T => values[(random(1)[0] ?? 0) % values.length] as T
    const reached = reach(clientRules, dialect)
    let connection = await runningJob(reached)
    for (let i = 0; i < 1_000; i++) {
      if (i % 50 === 0) {
        const subscribe = frame('job.subscribe', { job_id: 'job_2' }, { id: 'u1', job_id: 'job_2' })
        await connection.ask(
          submit('s1', { idempotency_key: 'k' }),
          frame('session.list_jobs', {}, { id: 'l1' }),
          subscribe,
        )
      }
      const fields = Array.from(
        { length: 4 },
        () => `${JSON.stringify(pick(FIELDS))}:${JSON.stringify(pick(VALUES))}`,
      )
      const payload = JSON.parse(`{${fields.join(',')}}`)
      const of = pick([
        {},
        { job_id: 'job_1' },
        { job_id: 'job_2', event_seq: i + 1 },
        { session_id: 'sess_0' },
      ])
      connection.say({ ...frame(pick(TYPES), payload, { id: pick(['id', 's1']) }), ...of })
      if (connection.ended) connection = await runningJob(reached)
    }
    for (const each of [...connection.told, ...connection.heard]) {
      const text = JSON.stringify(each)
      expect(readFrame(text), text).toBeDefined()
    }
    expect(Object.keys(Object.prototype)).toEqual([])
    // And a session that is begun afterwards is like any other.
    const after = await reached.greet()
    await after.ask(submit('s9'))
    after.say(
      accept('job_9', { request_id: 's9' }, { trace_id: after.heard[0]?.trace_id }),
      logged('job_9', 1),
    )
    expect(after.told).toMatchObject([
      { type: 'job.accepted', payload: { request_id: 's9' } },
      { type: 'job.log', payload: { seq: 1 } },
    ])
  },
)
