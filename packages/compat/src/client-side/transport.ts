import { type Envelope, messageIds, type Random, readFrame, type Timers } from '@arcp/protocol'
import type { Transport, TransportHandler } from '@arcp/protocol/transport'
import { isObject, textOf } from '../json'
import type { CompatLimits } from '../options'
import { type Dialect, isOfDraft, recognise } from '../peer'
import { ClientMemory } from './memory'
import type { ClientRule } from './rule'
import type { Sessions } from './sessions'
import { type Port, Translator } from './translator'

/** What a {@link clientTransport} needs. */
export interface ClientTransportParts {
  readonly rules: readonly ClientRule[]
  readonly limits: CompatLimits
  readonly sessions: Sessions
  /** What carries the frames, as the dialer tells it. */
  readonly medium: string | undefined
  readonly clock: Pick<Timers, 'now'>
  readonly random: Random
}

/**
 * A client's end of a transport, to a runtime of the public draft too. The welcome decides: with a runtime that speaks
 * the native form nothing is looked at any more.
 */
export function clientTransport(transport: Transport, parts: ClientTransportParts): Transport {
  const { sessions, rules, limits, clock, random, medium } = parts
  let handler: TransportHandler | undefined
  let translator: Translator | undefined
  /** Translates until the runtime has said who it is. */
  let greeting: Translator | undefined
  let hello: Envelope | undefined
  let sessionId: string | undefined
  let native = false
  let over = false

  const port: Port = {
    toClient(text) {
      if (!over) handler?.frame(text)
    },
    toRuntime: (frames) => transport.send(frames),
    end: () => transport.close(),
  }

  /** The first frames of the client: a hello, and nothing else. */
  function greet(frames: readonly string[]): void {
    const [first = ''] = frames
    hello = readFrame(first)
    sessionId = hello && resumedBy(hello)
    translator = sessions.get(sessionId)
    greeting = translator ?? newTranslator('draft')
    if (hello) greeting.begin(port, hello, sessionId)
    // What is resumed and not remembered is of the native form.
    if (hello && (sessionId === undefined || translator)) greeting.write(frames)
    else transport.send(frames)
  }

  /** The first frames of the runtime: whatever comes before a welcome, and that. */
  function meet(text: string): void {
    const frame = readFrame(text)
    if (frame && OF_DRAFT.has(frame.type)) {
      greeting?.read(text)
    } else if (frame?.type !== 'session.welcome' || !hello) {
      handler?.frame(text)
    } else if (isNative(frame)) {
      native = true
      handler?.frame(text)
    } else {
      translator = newTranslator(recognise(frame))
      // Of a session that is not remembered the numbers are gone.
      translator.begin(port, hello, sessionId === undefined ? undefined : FORGOTTEN)
      translator.read(text)
      sessionId = frame.session_id ?? textOf(frame.payload.session_id) ?? ''
      sessions.add(sessionId, translator)
    }
  }

  function newTranslator(dialect: Dialect): Translator {
    const memory = new ClientMemory({
      dialect,
      limits,
      medium,
      shared: sessions.shared,
      now: () => clock.now(),
      traceId: () => hexOf(random(16)),
      id: messageIds(random),
    })
    return new Translator(rules, memory)
  }

  /** What is lost is not remembered. */
  function settle(): void {
    if (translator?.memory.lost && sessionId !== undefined) sessions.lose(sessionId)
  }

  function receive(text: string): void {
    if (native) {
      handler?.frame(text)
      return
    }
    if (over) return
    if (!translator) meet(text)
    else if (translator.serves(port)) translator.read(text)
    settle()
  }

  return {
    start(by) {
      handler = by
      transport.start({ frame: receive, close: (info) => by.close(info), drain: () => by.drain() })
    },
    send(frames) {
      if (native) {
        transport.send(frames)
        return
      }
      if (translator) translator.write(frames)
      else greet(frames)
      settle()
    },
    close(code, reason) {
      over = true
      transport.close(code, reason)
    },
    get bufferedBytes() {
      return transport.bufferedBytes
    },
  }
}

/** Whether a welcome is of the native form: it says so, or tells what only that tells. */
function isNative(welcome: Envelope): boolean {
  return !isOfDraft(welcome) && typeof welcome.payload.max_frame_bytes === 'number'
}

/** What comes in place of a welcome from runtimes of the draft alone. */
const OF_DRAFT: ReadonlySet<string> = new Set(['job.error', 'session.bye'])

/** A session that no welcome can be of. */
const FORGOTTEN = ''

function resumedBy({ payload }: Envelope): string | undefined {
  return isObject(payload.resume) ? textOf(payload.resume.session_id) : undefined
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
