import {
  type AgentListing,
  AgentNotAvailableError,
  AgentVersionNotAvailableError,
  InvalidRequestError,
  parseAgentReference,
} from '@arcp/protocol'
import { compareBuild, valid } from 'semver'
import type { Implementation } from './implement'

/** The agents a runtime hosts, by name and version. `docs/protocol.md` §3. */
export class AgentRegistry {
  readonly #versions = new Map<string, Map<string, Implementation>>()

  /** @throws TypeError when a name and version are given twice */
  constructor(implementations: readonly Implementation[]) {
    for (const implementation of implementations) this.#add(implementation)
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
    const versions = this.#versions.get(name)
    if (!versions) throw new AgentNotAvailableError(`no agent named ${name}`, { details: { agent: name } })
    const found = versions.get(version ?? defaultVersion(versions))
    if (found) return found
    throw new AgentVersionNotAvailableError(`no version ${version} of agent ${name}`, {
      details: { agent: name, version, available: [...versions.keys()].sort(newestFirst) },
    })
  }

  /** What a welcome lists, by name; versions newest first. */
  list(): AgentListing[] {
    return [...this.#versions]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, versions]) => ({
        name,
        versions: [...versions.keys()].sort(newestFirst),
        default: defaultVersion(versions),
      }))
  }

  #add(implementation: Implementation): void {
    const { name, version, reference } = implementation.contract
    const versions = this.#versions.get(name) ?? new Map<string, Implementation>()
    if (versions.has(version)) throw new TypeError(`agent ${reference} is given twice`)
    versions.set(version, implementation)
    this.#versions.set(name, versions)
  }
}

function defaultVersion(versions: ReadonlyMap<string, Implementation>): string {
  return [...versions.keys()].sort(newestFirst)[0] ?? ''
}

/** SemVer order where both follow it; versions that do not come last, in the order of their text. */
function newestFirst(a: string, b: string): number {
  const [left, right] = [valid(a) !== null, valid(b) !== null]
  if (left && right) return compareBuild(b, a)
  if (left || right) return left ? -1 : 1
  return a < b ? 1 : -1
}
