import {
  ConnectionError,
  type IdSource,
  type SessionHello,
  type SessionResume,
  type SessionWelcome,
} from '@arcp/protocol'
import type { Dialer, Transport, TransportHandler } from '@arcp/protocol/transport'
import type { Settings } from '../options'
import { dial } from './dial'
import { handshake } from './handshake'
import { within } from './waits'

/** What an attempt to connect needs. */
export interface AttemptParts {
  readonly dialer: Dialer
  readonly settings: Settings
  readonly ids: IdSource
  /** The session to take up again; none for a new one. */
  readonly resume: () => SessionResume | undefined
  /** Called inside the arrival of the welcome, so that whom it returns misses no frame after it. */
  readonly welcomed: (transport: Transport, welcome: SessionWelcome) => TransportHandler
}

/**
 * Dials, says hello and waits for the welcome. Nothing is left of an attempt that fails.
 *
 * @throws ConnectionError when the runtime is not reached or does not welcome in time, the error of its code when it
 * refuses, the signal's reason when it aborts first
 */
export async function attempt(parts: AttemptParts, outer: AbortSignal | undefined): Promise<void> {
  const { dialer, settings, ids } = parts
  const { clock, limits } = settings
  const token = await tokenOf(settings, outer)
  const transport = await dial(dialer, settings, outer)
  const ms = limits.welcomeTimeoutMs
  const late = () => new ConnectionError(`no welcome within ${ms} ms; is what answers an ARCP runtime?`)
  const welcomed = (welcome: SessionWelcome) => parts.welcomed(transport, welcome)
  try {
    await within({ clock, ms, outer }, late, (patience) =>
      handshake(transport, helloOf(settings, token, parts.resume()), ids(), welcomed, patience),
    )
  } catch (error) {
    transport.close()
    throw error
  }
}

function tokenOf({ token, clock, limits }: Settings, outer: AbortSignal | undefined): Promise<string> {
  const ms = limits.tokenTimeoutMs
  const late = () => new ConnectionError(`the token function did not settle within ${ms} ms`)
  return within({ clock, ms, outer }, late, () => token())
}

function helloOf(
  { client, features }: Settings,
  token: string,
  resume: SessionResume | undefined,
): SessionHello {
  return {
    client,
    auth: { scheme: 'bearer', token },
    capabilities: { encodings: ['json'], features: [...features] },
    ...(resume ? { resume } : {}),
  }
}
