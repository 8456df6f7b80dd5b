const NAME = /^[a-z0-9][a-z0-9._-]*$/
const VERSION = /^[a-zA-Z0-9.+_-]+$/

/** An agent as a request names it: a bare name means the default version. `docs/protocol.md` §3. */
export interface AgentReference {
  readonly name: string
  readonly version?: string
}

/** Whether `text` may name an agent: `[a-z0-9][a-z0-9._-]*`. */
export function isAgentName(text: string): boolean {
  return NAME.test(text)
}

/** Whether `text` may be an agent's version: `[a-zA-Z0-9.+_-]+`. */
export function isAgentVersion(text: string): boolean {
  return VERSION.test(text)
}

/** Reads `name` or `name@version`; `undefined` for other text. */
export function parseAgentReference(text: string): AgentReference | undefined {
  const at = text.indexOf('@')
  if (at === -1) return isAgentName(text) ? { name: text } : undefined
  const name = text.slice(0, at)
  const version = text.slice(at + 1)
  return isAgentName(name) && isAgentVersion(version) ? { name, version } : undefined
}
