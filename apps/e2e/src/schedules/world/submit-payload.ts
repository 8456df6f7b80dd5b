/** What tells a submit of a schedule apart from others. */
export interface SubmitAction {
  readonly key?: number
  readonly variant: number
  readonly bounded: boolean
  readonly obeys: boolean
}

/** The payload of a submit. */
export interface SubmitPayload {
  readonly agent: string
  readonly input: object
  readonly idempotency_key?: string
}

/** All that share a key are alike but for their variant. */
export function submitPayload({ key, variant, bounded, ...given }: SubmitAction): SubmitPayload {
  if (key === undefined) {
    return { agent: bounded ? 'bounded-puppet' : 'puppet', input: { variant, obeys: given.obeys } }
  }
  const name = `key-${key}`
  return { agent: 'puppet', input: { key: name, variant, obeys: key > 0 }, idempotency_key: name }
}
