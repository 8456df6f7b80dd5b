import { readFileSync } from 'node:fs'
import type { Dialer } from '@arcp/protocol/transport'
import { type RawFrame, type ScriptedPeer, scriptedPeer } from '@arcp/testkit'
import { expect } from 'vitest'
import { idOf, MOMENT, TRACE } from '../wire/conversation'

/*
 * A transcript is what travelled between a client and a runtime, written by hand, a line each:
 *
 *   > TYPE {envelope} {payload}   the client says
 *   < TYPE {envelope} {payload}   the very next thing the runtime says, whole
 *   ! WORD                        something happens on the runtime's side
 *   ~                             the connection is cut, and another one is opened
 *   .                             the runtime has closed the connection
 *   # …                           a remark
 *
 * `arcp`, the `id` of what the runtime says and the session's `session_id` go without saying. A text `$kind` stands for
 * any value of its kind, `$kind1` for the same one wherever it stands.
 */

/** What a text with a `$` stands for, by its kind. */
const KINDS: Readonly<Record<string, unknown>> = {
  msg: idOf('msg'),
  sess: idOf('sess'),
  job: idOf('job'),
  res: idOf('res'),
  token: expect.stringMatching(/^(sess_[0-9A-Z]{26}\.)?ars_[\w-]{43}$/),
  time: MOMENT,
  trace: TRACE,
  text: expect.stringMatching(/./),
  any: expect.anything(),
}

/** What a transcript is replayed against. */
export interface Replay {
  readonly dialer: Dialer
  /** What a word behind `!` does. */
  readonly happen: (word: string) => void
}

/** Replays a transcript of this directory. */
export async function replay(name: string, { dialer, happen }: Replay): Promise<void> {
  const known = new Map<string, unknown>()
  const dial = async () => scriptedPeer(await dialer.open(new AbortController().signal))
  let peer: ScriptedPeer = await dial()
  for (const [at, line] of linesOf(new URL(`./transcripts/${name}.txt`, import.meta.url))) {
    const step = `${name}:${at}`
    const rest = line.slice(2)
    if (line.startsWith('! ')) happen(rest)
    else if (line === '~') {
      await peer.close()
      peer = await dial()
    } else if (line === '.') await peer.closed
    else if (line.startsWith('> ')) peer.send(withValues(frameOf(rest, known), known) as object)
    else if (line.startsWith('< ')) {
      const arrived = await peer.next()
      const expected = { id: '$msg', ...frameOf(rest, known) }
      learn(expected, arrived, known)
      expect(arrived, step).toEqual(withValues(expected, known))
    } else throw new Error(`${step}: what is ${JSON.stringify(line)}?`)
  }
  const untold = await peer.close().then(() => peer.next().catch(() => undefined))
  expect(untold, `${name}: more was said than is written`).toBeUndefined()
}

/** The lines of a transcript, each with its number, without remarks. */
export function linesOf(transcript: URL): [number, string][] {
  const text = readFileSync(transcript, 'utf8')
  const lines = text.split('\n').map((line, i): [number, string] => [i + 1, line.trim()])
  return lines.filter(([, line]) => line !== '' && !line.startsWith('#'))
}

/** A frame, in order of its line: type, envelope, payload. */
export function frameOf(line: string, known: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const [, type, envelope = '', payload = ''] = /^(\S+) (\{.*?\}) (\{.*\})$/.exec(line) ?? []
  const isHello = type === 'session.hello' || type === 'session.resume'
  const session = known.has('$sess1') && !isHello ? { session_id: '$sess1' } : {}
  return { arcp: '1.1', type, ...session, ...JSON.parse(envelope), payload: JSON.parse(payload) }
}

/** Takes the value of each `$kind1` that stands for nothing yet from what arrived. */
export function learn(expected: unknown, arrived: unknown, known: Map<string, unknown>): void {
  if (typeof expected === 'string' && /^\$[a-z]+\d+$/.test(expected) && !known.has(expected)) {
    expect(arrived, expected).toEqual(KINDS[expected.replace(/[$\d]/g, '')])
    known.set(expected, arrived)
  }
  if (typeof expected !== 'object' || expected === null) return
  for (const [key, value] of Object.entries(expected))
    learn(value, (arrived as RawFrame | undefined)?.[key], known)
}

/** The same, with everything a `$` stands for in its place. */
export function withValues(value: unknown, known: ReadonlyMap<string, unknown>): unknown {
  if (typeof value === 'string' && value.startsWith('$')) return known.get(value) ?? KINDS[value.slice(1)]
  if (Array.isArray(value)) return value.map((each) => withValues(each, known))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withValues(each, known)]))
}
