import {
  agreeFeatures,
  type Feature,
  type Random,
  refuseOthers,
  systemRandom,
  systemTimers,
  type Timers,
} from '@arcp/protocol'
import type { Logger, Observer } from '@arcp/protocol/observe'
import { name, version } from '../package.json'
import { type ClientLimits, DEFAULT_LIMITS } from './limits'

/** Options of {@link connect}. */
export interface ConnectOptions {
  /**
   * The bearer token, or what provides it; called for each connection. What it throws when the client seeks its runtime
   * again ends the client if it is an `ArcpError` that is not retryable; anything else is tried again.
   * `docs/protocol.md` §2.
   */
  readonly token: string | (() => string | Promise<string>)
  /** How this program names itself to the runtime. Default: this package's name and version. */
  readonly client?: { readonly name: string; readonly version: string }
  /**
   * What to ask the runtime for. Default: everything this client can do. Those it cannot do are left out; with an
   * empty list it asks for nothing.
   */
  readonly features?: readonly Feature[]
  /**
   * Who tells the runtime what has been taken in, so that it sends more and lets go of what it kept: `auto`, this
   * client by itself; `manual`, the application with {@link Client.acknowledge}. Default `auto`. `docs/protocol.md` §5.
   */
  readonly acknowledge?: 'auto' | 'manual'
  /** Where to tell what the caller cannot be told. Default: nowhere. */
  readonly logger?: Logger
  /** Is told of each job that is asked for, and may send along the trace it belongs to. Default: nobody. */
  readonly observe?: Observer
  /** The limits to change. Default: {@link ClientLimits} says it of each. */
  readonly limits?: Partial<ClientLimits>
  /** Gives up connecting when it aborts; of no effect on a client that stands. */
  readonly signal?: AbortSignal
  /** The source of time. Default: the machine's. */
  readonly clock?: Timers
  /** The source of chance. Default: the platform's cryptographic generator. */
  readonly random?: Random
}

/** {@link ConnectOptions} with every default filled in. */
export interface Settings {
  readonly token: () => string | Promise<string>
  readonly client: { readonly name: string; readonly version: string }
  readonly features: readonly Feature[]
  readonly acknowledge: 'auto' | 'manual'
  readonly logger: Logger
  readonly observer: Observer | undefined
  readonly limits: ClientLimits
  readonly clock: Timers
  readonly random: Random
}

/** What this client does. */
const SUPPORTED: readonly Feature[] = [
  'heartbeat',
  'ack',
  'list_jobs',
  'subscribe',
  'progress',
  'result_chunk',
  'agent_versions',
  'typed_events',
]

/** @throws TypeError for an option or limit there is none of, and for a limit that is no positive number */
export function settingsOf(options: ConnectOptions): Settings {
  const {
    token,
    client = { name, version },
    features = SUPPORTED,
    acknowledge = 'auto',
    logger = silent,
    observe: observer,
    limits = {},
    signal,
    clock = systemTimers,
    random = systemRandom,
    ...others
  } = options
  refuseOthers(others)
  return {
    token: typeof token === 'function' ? token : () => token,
    client,
    // Without `typed_events`, any other feature marks a peer that needs events in another form.
    features: features.length === 0 ? [] : agreeFeatures(SUPPORTED, [...features, 'typed_events']),
    acknowledge,
    logger,
    observer,
    limits: limitsOf(limits),
    clock,
    random,
  }
}

function limitsOf(changes: Partial<ClientLimits>): ClientLimits {
  const limits: Record<string, number> = { ...DEFAULT_LIMITS }
  for (const [name, value] of Object.entries(changes)) {
    if (typeof limits[name] !== 'number') refuseOthers({ [name]: value }, 'limits.')
    // What is `undefined` is as if it were not there.
    if (value === undefined) continue
    const isLimit = typeof value === 'number' && (value > 0 || (value === 0 && name === 'reconnectForMs'))
    if (!isLimit) throw new TypeError(`limits.${name} must be a positive number`)
    limits[name] = value
  }
  return limits as unknown as ClientLimits
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }
