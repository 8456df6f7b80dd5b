import { type Clock, type Random, refuseOthers } from '@arcp/protocol'
import type { Logger, Observer } from '@arcp/protocol/observe'
import type { Store } from '@arcp/protocol/store'
import type { Implementation } from './agents/implement'
import type { Authenticator } from './auth/authenticator'
import type { Ceiling } from './authority/ceiling'
import type { CredentialProvisioner } from './authority/credentials/provisioner'
import type { DelegationOptions } from './authority/delegation/options'
import { WHEN_LOG_FULL, type WhenLogFull } from './jobs/log'
import type { Limits } from './limits'
import type { Policy } from './policy'

/** What {@link createRuntime} takes. */
export interface RuntimeOptions {
  /** How the runtime names itself to clients. */
  readonly name: string
  /** Its own version, which clients are told beside its name; any text. */
  readonly version: string
  /** Decides who may open a session. */
  readonly auth: Authenticator
  /**
   * How it makes delegation tokens, and whose it takes beside its own; those never reach `auth`. Default: a key of its
   * own, and nobody else's.
   */
  readonly delegation?: DelegationOptions
  /** The agents it hosts. */
  readonly agents: readonly Implementation[]
  /** Where operators read what went wrong, the exceptions of agents above all. Default: warnings and errors go to the console. */
  readonly logger?: Logger
  /** Told of everything that happens. */
  readonly observe?: Observer | readonly Observer[]
  /** What sessions may see and cancel beyond their own. Default: nothing. */
  readonly policy?: Policy
  /**
   * The most a job may be granted. Default: files below `fsRoot` only, URLs of public hosts only, anything else as asked.
   */
  readonly ceiling?: Ceiling
  /**
   * The directory that relative paths of leases and agents start from; it has to be there. Default: none, and then no
   * file is granted unless a `ceiling` says so.
   */
  readonly fsRoot?: string
  /**
   * Who makes credentials for each job, and revokes them when it ends; at most 16, each of a name of its own. Default:
   * nobody. `docs/protocol.md` §7.
   */
  readonly credentials?: readonly CredentialProvisioner[]
  /** What happens where a job's log is full and its owner is behind. Default `wait-for-owner`. `docs/protocol.md` §5. */
  readonly whenLogFull?: WhenLogFull
  /** Where jobs are kept. Default: in memory, gone with the process. */
  readonly store?: Store
  /** Any of {@link DEFAULT_LIMITS} to change. */
  readonly limits?: Partial<Limits>
  /** Tells the time and measures waits. Default: the machine's. */
  readonly clock?: Clock
  /** Makes ids, tokens and nonces. Default: the platform's cryptographic generator. */
  readonly random?: Random
}

/** @throws TypeError for an option there is none of */
export function checkOptions({
  name,
  version,
  auth,
  delegation,
  agents,
  logger,
  observe,
  policy,
  ceiling,
  fsRoot,
  credentials,
  whenLogFull,
  store,
  limits,
  clock,
  random,
  ...others
}: RuntimeOptions): void {
  refuseOthers(others)
}

/** @throws TypeError for what is no {@link WhenLogFull} */
export function resolveWhenLogFull(asked: WhenLogFull = 'wait-for-owner'): WhenLogFull {
  if (WHEN_LOG_FULL.includes(asked)) return asked
  throw new TypeError(`whenLogFull must be one of ${WHEN_LOG_FULL.join(', ')}`)
}
