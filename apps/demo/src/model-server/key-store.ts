import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import type { Refusal } from './request-body'

const amount = v.pipe(v.number(), v.minValue(0))

/** What a key is to be good for. */
export const newKeySchema = v.object({
  key_alias: v.pipe(v.string(), v.minLength(1)),
  models: v.optional(v.array(v.string()), []),
  max_budget: v.nullish(amount),
  duration: v.nullish(v.pipe(v.string(), v.regex(/^\d+s$/))),
  metadata: v.optional(v.record(v.string(), v.unknown()), {}),
})

/** Which keys are to go. */
export const oldKeysSchema = v.object({ key_aliases: v.array(v.string()) })

/** A key as it is kept. */
interface VirtualKey {
  readonly alias: string
  /** All, where there are none. */
  readonly models: readonly string[]
  /** In USD. */
  readonly maxBudget: number | undefined
  readonly expiresAt: number | undefined
  spend: number
}

const INVALID: Refusal = {
  status: 401,
  code: 'invalid_api_key',
  message: 'The API key is not the right one.',
}
const NO_BUDGET: Refusal = {
  status: 400,
  code: 'budget_exceeded',
  message: 'The budget of this key is used up.',
}

/** The keys a server has made, and what each is good for. */
export class KeyStore {
  readonly #keys = new Map<string, VirtualKey>()

  generate({ key_alias: alias, ...asked }: v.InferOutput<typeof newKeySchema>): object | Refusal {
    const { models, max_budget, duration, metadata } = asked
    if (this.#of(alias))
      return { status: 400, code: 'alias_taken', message: `There is a key of the alias ${alias}.` }
    const key = `sk-${randomBytes(16).toString('base64url')}`
    const expiresAt = duration ? Date.now() + Number.parseInt(duration, 10) * 1_000 : undefined
    this.#keys.set(key, { alias, models, maxBudget: max_budget ?? undefined, expiresAt, spend: 0 })
    const expires = expiresAt === undefined ? null : new Date(expiresAt).toISOString()
    return { key, key_alias: alias, models, max_budget: max_budget ?? null, expires, spend: 0, metadata }
  }

  /** Deletes keys by their aliases, all or none. */
  delete({ key_aliases }: v.InferOutput<typeof oldKeysSchema>): object | Refusal {
    const found = key_aliases.map((alias) => this.#of(alias))
    if (!found.every((key) => key !== undefined))
      return { status: 404, code: 'not_found', message: 'No such key.' }
    for (const key of found) this.#keys.delete(key)
    return { deleted_keys: key_aliases }
  }

  /** Why a key is not good now, for a model where one is named; `undefined` if it is. */
  refusalOf(key: string, model?: string): Refusal | undefined {
    const found = this.#keys.get(key)
    if (!found || (found.expiresAt !== undefined && found.expiresAt <= Date.now())) return INVALID
    if (model !== undefined && found.models.length > 0 && !found.models.includes(model)) {
      return { status: 403, code: 'key_model_access_denied', message: `This key is not for ${model}.` }
    }
    return found.maxBudget !== undefined && found.spend >= found.maxBudget ? NO_BUDGET : undefined
  }

  /** What an answer cost, in USD. */
  charge(key: string, cost: string): void {
    const found = this.#keys.get(key)
    if (found) found.spend += Number(cost)
  }

  #of(alias: string): string | undefined {
    for (const [key, kept] of this.#keys) if (kept.alias === alias) return key
    return undefined
  }
}
