import {
  type ArcpError,
  agreeFeatures,
  type Clock,
  type Envelope,
  type Feature,
  InternalError,
  InvalidRequestError,
  isArcpError,
  issuesOf,
  messageIds,
  type Random,
  type SessionHello,
  sessionHelloSchema,
  type Timer,
} from '@arcp/protocol'
import { CloseCode, type Peer, type Transport } from '@arcp/protocol/transport'
import type { Authenticated, Authentication } from '../auth/authentication'
import { RefusedToken } from '../auth/refused-token'
import { invalidRequest } from '../invalid-request'
import { Connection, type ConnectionLimits, type ConnectionUser } from './connection'

/** What a hello has earned: who it is, and what both sides can do. */
export interface Greeting {
  readonly connection: Connection
  readonly hello: SessionHello
  readonly authenticated: Authenticated
  readonly features: readonly Feature[]
}

/** What a handshake needs. */
export interface HandshakeParts {
  readonly auth: Authentication
  readonly clock: Clock
  readonly random: Random
  /** What this runtime offers. */
  readonly features: readonly Feature[]
  readonly limits: ConnectionLimits & {
    readonly handshakeMs: number
    readonly authenticationMs: number
  }
  /** The peer is known: opens its session, or throws what its hello is answered with. */
  readonly onGreeted: (greeting: Greeting) => void
  /** The hello was refused; `reason` is for operators, and so is what led to a failure of this side. */
  readonly onRefused: (code: string, reason: string, peer: Peer, cause?: unknown) => void
  /** The handshake is over, whatever came of it. Called once. */
  readonly onOver: () => void
}

/** Waits for a transport's hello and answers it. `docs/protocol.md` §2. */
export function shakeHands(transport: Transport, peer: Peer, parts: HandshakeParts): Connection {
  const { clock, random, limits } = parts
  const handshake = new Handshake(peer, parts)
  const connection = new Connection({ transport, clock, nextId: messageIds(random), limits }, handshake)
  handshake.begin(connection)
  transport.start(connection)
  return connection
}

class Handshake implements ConnectionUser {
  readonly #peer: Peer
  readonly #parts: HandshakeParts
  #connection!: Connection
  #timer: Timer | undefined
  #greeted = false
  #over = false

  constructor(peer: Peer, parts: HandshakeParts) {
    this.#peer = peer
    this.#parts = parts
  }

  begin(connection: Connection): void {
    this.#connection = connection
    this.#timer = this.#parts.clock.setTimer(
      this.#parts.limits.handshakeMs,
      () => this.#abandon('no hello came in time'),
      { keepAlive: false },
    )
  }

  receive(envelope: Envelope): void {
    if (this.#greeted || envelope.type !== 'session.hello') {
      const expected = this.#greeted
        ? 'nothing may follow the hello before its answer'
        : 'expected session.hello first'
      this.#connection.fail(envelope.id, new InvalidRequestError(expected))
      this.#abandon(expected)
      return
    }
    this.#greeted = true
    this.#timer?.cancel()
    void this.#greet(envelope)
  }

  /** What cannot be read is no hello either. */
  malformed(): void {
    this.#abandon('a frame that is no envelope')
  }

  drained(): void {}

  closed(): void {
    this.#finish()
  }

  async #greet(envelope: Envelope): Promise<void> {
    try {
      const hello = checkedHello(envelope)
      const features = agreeFeatures(this.#parts.features, hello.capabilities.features ?? [])
      const authenticated = await this.#authenticate(hello.auth.token)
      if (this.#over || this.#connection.ended) return
      this.#parts.onGreeted({ connection: this.#connection, hello, authenticated, features })
      this.#finish()
    } catch (error) {
      if (!this.#connection.ended) this.#refuse(envelope.id, toldAs(error))
    }
  }

  /** Races the authenticator against its time; its timer ends with the handshake. */
  async #authenticate(token: string): Promise<Authenticated> {
    const { auth, clock, limits } = this.#parts
    const authenticated = await new Promise<Authenticated | undefined>((resolve, reject) => {
      const late = () =>
        reject(new InternalError('authentication took too long', { details: { reason: 'timeout' } }))
      this.#timer = clock.setTimer(limits.authenticationMs, late, { keepAlive: false })
      Promise.resolve()
        .then(() => auth(token, this.#peer))
        .then(resolve, (cause: unknown) =>
          reject(
            cause instanceof RefusedToken ? cause : new InternalError('authentication failed', { cause }),
          ),
        )
    })
    if (!authenticated) throw new RefusedToken()
    return authenticated
  }

  #refuse(helloId: string, error: ArcpError): void {
    const reason = error instanceof RefusedToken ? error.reason : error.message
    this.#parts.onRefused(error.code, reason, this.#peer, error.cause)
    this.#connection.fail(helloId, error)
    this.#connection.hangUp(CloseCode.policyViolation, error.code)
    this.#finish()
  }

  #abandon(reason: string): void {
    if (this.#over || this.#connection.ended) return
    this.#parts.onRefused('INVALID_REQUEST', reason, this.#peer)
    this.#connection.end('protocol_error', CloseCode.policyViolation)
    this.#finish()
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#timer?.cancel()
    this.#parts.onOver()
  }
}

function toldAs(error: unknown): ArcpError {
  return isArcpError(error) ? error : new InternalError('the hello failed unexpectedly', { cause: error })
}

/** @throws INVALID_REQUEST with the paths; with `required_features` for a peer of another form of the protocol */
function checkedHello({ payload }: Envelope): SessionHello {
  const issues = issuesOf(sessionHelloSchema, payload, 'payload')
  if (issues) throw invalidRequest(issues)
  const hello = payload as unknown as SessionHello
  const features = hello.capabilities.features ?? []
  if (features.length > 0 && !features.includes('typed_events')) {
    throw new InvalidRequestError('this runtime speaks typed events only', {
      details: { required_features: ['typed_events'] },
    })
  }
  return hello
}
