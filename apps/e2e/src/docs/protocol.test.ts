import {
  CLOSE_REASONS,
  decodeUntrustedFrame,
  type Envelope,
  ERROR_CODES,
  eventBodySchemas,
  eventFields,
  FEATURES,
  isExtensionKey,
  issuesOf,
  type JobEventType,
  jobAcceptedSchema,
  jobCancelAcceptedSchema,
  jobCancelSchema,
  jobHeartbeatSchema,
  jobSubmitSchema,
  jobSubscribedSchema,
  jobSubscribeSchema,
  jobUnsubscribedSchema,
  jobUnsubscribeSchema,
  LEASE_NAMESPACES,
  parseTimestamp,
  type Schema,
  sessionAckSchema,
  sessionClosedSchema,
  sessionCloseSchema,
  sessionErrorSchema,
  sessionHelloSchema,
  sessionJobsSchema,
  sessionListJobsSchema,
  sessionPingSchema,
  sessionPongSchema,
  sessionWelcomeSchema,
  vendorBodySchema,
} from '@arcp/protocol'
import { describe, expect, it } from 'vitest'
import { codeBlocks, sectionsOf, tableRows } from './markdown'
import { read } from './repository'

const page = read('docs/protocol.md')
const sections = sectionsOf(page)

/** A section with everything below it, by the beginning of its title. */
function section(title: string): string {
  const start = sections.findIndex((candidate) => candidate.title.startsWith(title))
  const first = sections[start]
  if (!first) throw new Error(`no section ${title}`)
  const rest = sections.slice(start + 1)
  const end = rest.findIndex(({ level }) => level <= first.level)
  return [first, ...rest.slice(0, end === -1 ? undefined : end)].map(({ text }) => text).join('\n')
}

/** What stands in backticks in the first cell of each row of a section's tables. */
function firstCells(text: string): string[] {
  return tableRows(text).map(([cell = '']) => cell.replaceAll('`', ''))
}

/** The schemas of messages that are no events. */
const messages: Readonly<Record<string, Schema<unknown>>> = {
  'session.hello': sessionHelloSchema,
  'session.welcome': sessionWelcomeSchema,
  'session.error': sessionErrorSchema,
  'session.ping': sessionPingSchema,
  'session.pong': sessionPongSchema,
  'session.ack': sessionAckSchema,
  'session.close': sessionCloseSchema,
  'session.closed': sessionClosedSchema,
  'session.list_jobs': sessionListJobsSchema,
  'session.jobs': sessionJobsSchema,
  'job.submit': jobSubmitSchema,
  'job.accepted': jobAcceptedSchema,
  'job.cancel': jobCancelSchema,
  'job.cancel_accepted': jobCancelAcceptedSchema,
  'job.subscribe': jobSubscribeSchema,
  'job.subscribed': jobSubscribedSchema,
  'job.unsubscribe': jobUnsubscribeSchema,
  'job.unsubscribed': jobUnsubscribedSchema,
  'job.heartbeat': jobHeartbeatSchema,
}

const blocks = codeBlocks(page, 'json')
const examples: [string, string][] = blocks.map((text, i) => [
  `${i}: ${/"type": "(.+)"/.exec(text)?.[1]}`,
  text,
])

function envelopeOf(text: string): Envelope {
  const decoded = decodeUntrustedFrame(text)
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.issues))
  return decoded.envelope
}

describe('docs/protocol.md', () => {
  it('has the thirteen sections of the protocol, in order', () => {
    const titles = sections.filter(({ level }) => level === 2).map(({ title }) => title)
    expect(titles).toEqual([
      '1. Envelope',
      '2. Session',
      '3. Jobs',
      '4. Events',
      '5. Numbers',
      '6. Results',
      '7. Leases',
      '8. Delegation',
      '9. Errors',
      '10. Extensions',
      '11. Traces',
      '12. Transports',
      '13. Peers of the public draft',
    ])
  })

  it.each(examples)('shows a frame that is real, %s', (_, text) => {
    const { type, id, session_id, job_id, event_seq, payload } = envelopeOf(text)
    expect(id).toMatch(/^msg_[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
    if (type in messages) {
      expect(issuesOf(messages[type] as Schema<unknown>, payload)).toBeUndefined()
      expect(event_seq).toBeUndefined()
      return
    }
    const { seq, ts, ...body } = payload
    const schema = isExtensionKey(type) ? vendorBodySchema : eventBodySchemas[type as JobEventType]
    expect(schema, `a schema of ${type}`).toBeDefined()
    expect(issuesOf(schema, body)).toBeUndefined()
    expect(seq).toBeGreaterThan(0)
    expect(event_seq).toBeGreaterThan(0)
    expect(parseTimestamp(ts as string)).toBeDefined()
    expect(session_id && job_id).toBeTruthy()
    const known = isExtensionKey(type) ? ['body'] : [...eventFields[type as JobEventType]]
    expect(Object.keys(body).filter((key) => !isExtensionKey(key) && !known.includes(key))).toEqual([])
  })

  it('shows ids as this project makes them', () => {
    for (const [id] of page.matchAll(/\b(?:sess|job|res|call)_[\dA-Z]\w+/g)) {
      expect(id).toMatch(/^(sess|job|res|call)_[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
    }
  })

  it('shows every message there is a schema for, and each way a job ends', () => {
    const shown = new Set(blocks.map((text) => envelopeOf(text).type))
    const ends = ['job.completed', 'job.failed', 'job.cancelled']
    expect([...Object.keys(messages), ...ends].filter((type) => !shown.has(type))).toEqual([])
  })

  it('numbers the events it shows as a session would', () => {
    const numbers = blocks.map((text) => envelopeOf(text).event_seq).filter((seq) => seq !== undefined)
    expect(numbers).toEqual(numbers.map((_, i) => i + 1))
  })

  it('lists every error code with its meaning, and whether repeating may help', () => {
    const rows = tableRows(section('9. Errors')).map(([code, retryable, meaning]) => [
      code,
      retryable,
      meaning,
    ])
    const source = read('packages/protocol/src/errors/codes.ts')
    const meaning = (code: string) => new RegExp(`/\\*\\* (.+) \\*/\\n +${code}:`).exec(source)?.[1]
    expect(rows).toEqual(
      Object.entries(ERROR_CODES).map(([code, { retryable }]) => [
        `\`${code}\``,
        retryable ? 'yes' : 'no',
        meaning(code),
      ]),
    )
  })

  it('lists every feature, close reason and namespace', () => {
    expect(firstCells(section('Features')).sort()).toEqual([...FEATURES].sort())
    expect(firstCells(section('Closing')).sort()).toEqual([...CLOSE_REASONS].sort())
    for (const namespace of LEASE_NAMESPACES) expect(section('7. Leases')).toContain(`\`${namespace}\``)
  })

  it('links only to sections it has', () => {
    const anchors = sections.map(({ title }) =>
      title
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replace(/\s/g, '-'),
    )
    const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map((match) => match[1])
    expect(links.filter((link) => !anchors.includes(link ?? ''))).toEqual([])
  })
})
