import type { Credential } from '@arcp/protocol'
import type { IssuedCredential } from './provisioner'

/** A credential as agents have it. Its value is not among what is written of it, as JSON or by a logger. */
export class JobCredential {
  readonly id: string
  readonly scheme = 'bearer'
  readonly endpoint: string
  readonly profile?: string
  readonly constraints?: Readonly<Record<string, unknown>>
  readonly #value: string

  /** @throws TypeError, which does not hold the value, for what is none */
  constructor(id: string, issued: IssuedCredential) {
    const { value, endpoint, profile, constraints } = checked(issued)
    this.id = id
    this.#value = value
    this.endpoint = endpoint
    if (profile !== undefined) this.profile = profile
    if (constraints !== undefined) this.constraints = JSON.parse(JSON.stringify(constraints))
  }

  /** The secret. */
  get value(): string {
    return this.#value
  }

  /** As its job's owner is told, value included. */
  toWire(): Credential {
    const { id, scheme, endpoint, profile, constraints } = this
    return {
      id,
      scheme,
      value: this.#value,
      endpoint,
      ...(profile === undefined ? {} : { profile }),
      ...(constraints === undefined ? {} : { constraints }),
    }
  }
}

function checked(issued: IssuedCredential): IssuedCredential {
  const { value, endpoint, profile, constraints } = issued
  for (const [name, text] of Object.entries({ value, endpoint, profile: profile ?? '-' })) {
    if (typeof text !== 'string' || text === '')
      throw new TypeError(`${name}: expected a string that is not empty`)
  }
  if (constraints !== undefined && JSON.stringify(constraints)?.startsWith('{') !== true)
    throw new TypeError('constraints: expected an object')
  return issued
}
