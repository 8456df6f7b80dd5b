import { type AgentListing, PermissionDeniedError, parseAgentReference } from '@arcp/protocol'
import { type Coverage, coverageOf, matchesGlob } from '@arcp/protocol/lease'

/** The most scopes a token may name. */
const MAX_SCOPES = 100

/** `agent:NAME` or `agent:NAME@VERSION`, where `*` stands for any characters; `*` alone is every agent. */
const SCOPE = /^(?:\*|agent:([a-z0-9*][a-z0-9._*-]*(?:@[a-zA-Z0-9.+_*-]+)?))$/

/** The agents that a delegated session may call. `docs/protocol.md` §8. */
export class AllowedAgents {
  readonly #exact: ReadonlySet<string>
  readonly #globs: string[]
  readonly #covers: Coverage

  private constructor(patterns: readonly string[]) {
    const isGlob = (pattern: string) => pattern.includes('*')
    this.#exact = new Set(patterns.filter((pattern) => !isGlob(pattern)))
    this.#globs = patterns.filter(isGlob)
    this.#covers = coverageOf({ 'agent.delegate': this.#globs })
  }

  /** The agents of {@link agentPatterns}. */
  static of(scopes: readonly string[]): AllowedAgents | undefined {
    const patterns = agentPatterns(scopes)
    return patterns && new AllowedAgents(patterns)
  }

  /** Whether this version of an agent, `name@version`, is among them. */
  includes(reference: string): boolean {
    const name = reference.slice(0, reference.indexOf('@'))
    if (this.#exact.has(reference) || this.#exact.has(name)) return true
    return this.#globs.length > 0 && this.#covers('agent.delegate', reference)
  }

  /**
   * Refuses what cannot be one of them, whatever agents there are. A bare name may still mean a version that is not.
   *
   * @throws PERMISSION_DENIED
   */
  checkName(asked: string): void {
    const parsed = parseAgentReference(asked)
    // What names no agent at all is refused for that.
    if (!parsed) return
    const { name, version } = parsed
    if (version === undefined ? this.#anyOf(name) : this.includes(asked)) return
    throw denied(asked)
  }

  /**
   * Refuses a version that is none of them.
   *
   * @param asked how the request named it, which is all that is told
   * @throws PERMISSION_DENIED
   */
  check(reference: string, asked: string): void {
    if (!this.includes(reference)) throw denied(asked)
  }

  /** Those of `agents` that are among them; one whose default version is not has none. */
  among(agents: readonly AgentListing[]): AgentListing[] {
    return agents.flatMap(({ name, versions, default: usual }) => {
      const allowed = versions.filter((version) => this.includes(`${name}@${version}`))
      if (allowed.length === 0) return []
      return [{ name, versions: allowed, ...(usual && allowed.includes(usual) && { default: usual }) }]
    })
  }

  #anyOf(name: string): boolean {
    if (this.#exact.has(name)) return true
    const isNamed = (pattern: string) => matchesGlob(pattern.replace(/@.*/, ''), name)
    return this.#globs.some(isNamed) || [...this.#exact].some((one) => one.startsWith(`${name}@`))
  }
}

/** What scopes name; `undefined` where one of them is of no kind there is, or there are none, or too many. */
export function agentPatterns(scopes: readonly string[]): string[] | undefined {
  if (scopes.length === 0 || scopes.length > MAX_SCOPES) return undefined
  const patterns: string[] = []
  for (const scope of scopes) {
    const match = SCOPE.exec(scope)
    if (!match) return undefined
    patterns.push(match[1] ?? '*')
  }
  return patterns
}

function denied(agent: string): Error {
  return new PermissionDeniedError(`the token of this session does not name agent ${agent}`, {
    details: { agent },
  })
}
