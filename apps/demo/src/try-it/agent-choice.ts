import type { AgentListing } from '@arcp/protocol'
import { exampleFor } from './examples'
import type { Page } from './page'

function option(value: string, text: string): HTMLOptionElement {
  return new Option(text, value)
}

/** One option for an agent's default version, by its bare name, and one for each other version. */
function optionsFor({ name, versions, default: marked }: AgentListing): HTMLOptionElement[] {
  const byDefault = marked ?? versions.at(-1)
  const others = versions.filter((version) => version !== byDefault).map((version) => `${name}@${version}`)
  const first = option(name, byDefault === undefined ? name : `${name}@${byDefault}`)
  return [first, ...others.map((reference) => option(reference, reference))]
}

/** Fills the form with something the chosen agent can do. */
export function fillExample({ agent, input, lease }: Page): void {
  const [name = ''] = agent.value.split('@')
  const example = exampleFor(name)
  input.value = JSON.stringify(example.input, null, 2)
  lease.value = JSON.stringify(example.lease)
}

/** Offers these agents, and none when there are none. What was chosen stays chosen if it is still there. */
export function offerAgents(page: Page, agents: readonly AgentListing[]): void {
  const before = page.agent.value
  page.agent.replaceChildren(...agents.flatMap(optionsFor))
  page.agent.disabled = agents.length === 0
  const stays = [...page.agent.options].some(({ value }) => value === before)
  if (stays) page.agent.value = before
  else fillExample(page)
}
