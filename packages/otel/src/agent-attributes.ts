import { Attribute } from './names'
import { short } from './short'

/** An agent's name, without its version. */
export function agentName(agent: string): string {
  const at = agent.indexOf('@')
  return at === -1 ? agent : agent.slice(0, at)
}

/** `name@version` as attributes. */
export function agentAttributes(agent: string): Record<string, string> {
  const name = agentName(agent)
  const version = agent.slice(name.length + 1)
  return {
    [Attribute.agent]: short(name),
    ...(version !== '' && { [Attribute.agentVersion]: short(version) }),
  }
}
