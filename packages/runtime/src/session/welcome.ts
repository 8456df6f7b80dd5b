import { type Clock, formatTimestamp, type SessionWelcome } from '@arcp/protocol'
import type { AgentRegistry } from '../agents/registry'
import type { Limits } from '../limits'
import type { AckWindow } from './credit'
import type { Session } from './session'

/** What a welcome is made from. */
export interface WelcomeParts {
  readonly runtime: SessionWelcome['runtime']
  readonly registry: AgentRegistry
  readonly limits: Limits
  readonly clock: Clock
}

/** What a session is greeted with, each time with a token of its own. `docs/protocol.md` §2. */
export function welcomeOf(
  session: Session,
  { runtime, registry, limits, clock }: WelcomeParts,
): SessionWelcome {
  const heartbeat = session.features.includes('heartbeat')
  const agents = registry.list()
  return {
    session_id: session.id,
    runtime,
    resume_token: session.tokens.issue(),
    resume_window_sec: limits.resumeWindowMs / 1000,
    ...(heartbeat ? { heartbeat_interval_sec: limits.heartbeatMs / 1000 } : {}),
    ...(session.features.includes('ack') ? { ack_window: ackWindowOf(limits) } : {}),
    max_frame_bytes: limits.maxFrameBytes,
    accepted_at: formatTimestamp(clock.now()),
    capabilities: {
      encodings: ['json'],
      features: [...session.features],
      agents: session.delegated?.mandate.agents.among(agents) ?? agents,
    },
  }
}

/** Told in whole numbers, however large. */
export function ackWindowOf({ ackWindowEvents, ackWindowBytes }: Limits): AckWindow {
  const whole = (limit: number) => Math.min(Math.ceil(limit), Number.MAX_SAFE_INTEGER)
  return { events: whole(ackWindowEvents), bytes: whole(ackWindowBytes) }
}
