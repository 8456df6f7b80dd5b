import type { IdSource, SessionHello, SessionResume, SessionWelcome } from '@arcp/protocol'
import type { Dialer, Transport } from '@arcp/protocol/transport'
import type { Settings } from '../options'
import { dial } from './dial'
import { handshake, type SessionHandler } from './handshake'
import { within } from './waits'

/** What an attempt to connect needs. */
export interface AttemptParts extends Settings {
  readonly dialer: Dialer
  readonly ids: IdSource
  /** Ends the attempt when it aborts. */
  readonly outer: AbortSignal | undefined
  /** The session to take up again; none for a new one. */
  readonly resume: SessionResume | undefined
  /** Called inside the arrival of the welcome, so that whom it returns misses no frame after it. */
  readonly welcomed: (transport: Transport, welcome: SessionWelcome) => SessionHandler
}

/**
 * Dials, says hello and waits for the welcome. Nothing is left of an attempt that fails.
 *
 * @throws ConnectionError when the runtime is not reached or does not welcome in time, the error of its code when it
 * refuses, the signal's reason when it aborts first
 */
export async function attempt(parts: AttemptParts): Promise<void> {
  const { dialer, limits, client, features, resume } = parts
  const token = await within(parts, limits.tokenTimeoutMs, 'no token', parts.token)
  const hello: SessionHello = {
    client,
    auth: { scheme: 'bearer', token },
    capabilities: { encodings: ['json'], features: [...features] },
    resume,
  }
  const transport = await within(parts, limits.dialTimeoutMs, 'no connection', (signal) =>
    dial(dialer, signal),
  )
  try {
    await within(parts, limits.welcomeTimeoutMs, 'no welcome', (signal) =>
      handshake({ ...parts, transport, hello, signal }),
    )
  } catch (error) {
    transport.close()
    throw error
  }
}
