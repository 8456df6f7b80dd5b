import {
  type AgentListing,
  AgentNotAvailableError,
  AgentVersionNotAvailableError,
  InvalidRequestError,
  parseAgentReference,
  utf8Length,
} from '@arcp/protocol'
import { compareBuild, valid } from 'semver'
import type { Implementation } from './implement'

/** What versions an agent has, and which of them a bare name means. */
interface Versions {
  readonly byVersion: Map<string, Implementation>
  /** Versions that say they are the default, in the order they were added. */
  readonly marked: Set<string>
}

/** The agents a runtime hosts, while it runs. `docs/protocol.md` §3. */
export interface Agents {
  /**
   * Offers one more, from the next submit and the next welcome on.
   *
   * @throws TypeError when this version is there already, or a welcome could not list it beside the others
   */
  add(implementation: Implementation): void
  /**
   * Offers a version no longer. Jobs that were accepted go on with it; new submits are refused, unless their key has
   * made a job before.
   *
   * @returns whether it was there
   */
  retire(name: string, version: string): boolean
}

/** The agents a runtime hosts, by name and version. `docs/protocol.md` §3. */
export class AgentRegistry implements Agents {
  readonly #agents = new Map<string, Versions>()
  readonly #maxListingBytes: number

  /**
   * @param maxListingBytes what {@link list} may take as JSON, for it travels in every welcome
   * @throws what {@link add} throws
   */
  constructor(implementations: readonly Implementation[], maxListingBytes = Number.POSITIVE_INFINITY) {
    this.#maxListingBytes = maxListingBytes
    for (const implementation of implementations) this.#offer(implementation)
    this.#checkListing()
  }

  add(implementation: Implementation): void {
    this.#offer(implementation)
    try {
      this.#checkListing()
    } catch (error) {
      this.retire(implementation.contract.name, implementation.contract.version)
      throw error
    }
  }

  retire(name: string, version: string): boolean {
    const versions = this.#agents.get(name)
    if (!versions?.byVersion.delete(version)) return false
    versions.marked.delete(version)
    if (versions.byVersion.size === 0) this.#agents.delete(name)
    return true
  }

  /**
   * The implementation a reference means; for a bare name the default version.
   *
   * @throws INVALID_REQUEST, AGENT_NOT_AVAILABLE, AGENT_VERSION_NOT_AVAILABLE
   */
  resolve(reference: string): Implementation {
    const parsed = parseAgentReference(reference)
    if (!parsed) {
      throw new InvalidRequestError('agent: expected name or name@version', {
        details: { issues: [{ path: 'agent', message: 'expected name or name@version' }] },
      })
    }
    const { name, version } = parsed
    const versions = this.#agents.get(name)
    if (!versions) throw new AgentNotAvailableError(`no agent named ${name}`, { details: { agent: name } })
    const found = versions.byVersion.get(version ?? defaultOf(versions))
    if (found) return found
    throw new AgentVersionNotAvailableError(`no version ${version} of agent ${name}`, {
      details: { agent: name, version, available: newestFirst(versions) },
    })
  }

  /** The agent a reference means, as `name@version`; one that means none, as it is. */
  nameOf(reference: string): string {
    try {
      return this.resolve(reference).contract.reference
    } catch {
      return reference
    }
  }

  /** What a welcome lists, by name; versions newest first. */
  list(): AgentListing[] {
    return [...this.#agents]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, versions]) => ({
        name,
        versions: newestFirst(versions),
        default: defaultOf(versions),
      }))
  }

  #offer(implementation: Implementation): void {
    const { name, version, reference } = implementation.contract
    const versions = this.#agents.get(name) ?? { byVersion: new Map(), marked: new Set() }
    if (versions.byVersion.has(version)) throw new TypeError(`agent ${reference} is given twice`)
    versions.byVersion.set(version, implementation)
    if (implementation.isDefault) versions.marked.add(version)
    this.#agents.set(name, versions)
  }

  #checkListing(): void {
    if (utf8Length(JSON.stringify(this.list())) <= this.#maxListingBytes) return
    throw new TypeError(`limits.maxFrameBytes is too small to list ${this.#agents.size} agents in a welcome`)
  }
}

function newestFirst({ byVersion }: Versions): string[] {
  return [...byVersion.keys()].sort(byAge)
}

function defaultOf(versions: Versions): string {
  return [...versions.marked].at(-1) ?? newestFirst(versions)[0] ?? ''
}

/** SemVer order where both follow it; versions that do not come last, in the order of their text. */
function byAge(a: string, b: string): number {
  const [left, right] = [valid(a) !== null, valid(b) !== null]
  if (left && right) return compareBuild(b, a)
  if (left || right) return left ? -1 : 1
  return a < b ? 1 : -1
}
