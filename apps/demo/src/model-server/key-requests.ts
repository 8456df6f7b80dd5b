import type { IncomingMessage } from 'node:http'
import type * as v from 'valibot'
import { type KeyStore, newKeySchema, oldKeysSchema } from './key-store'
import { bearerOf, isRefusal, type Refusal, readBody } from './request-body'

/** What answers `POST` at a path about keys; only whoever has the master key may ask. */
export type KeyRoute = (request: IncomingMessage) => Promise<object>

/** The routes by which keys are made and deleted. */
export function keyRoutes(store: KeyStore, masterKey: string): ReadonlyMap<string, KeyRoute> {
  const route =
    <T extends object>(schema: v.GenericSchema<unknown, T>, act: (asked: T) => object): KeyRoute =>
    async (request) => {
      if (bearerOf(request) !== masterKey) return NOT_MASTER
      const asked = await readBody(request, schema)
      return isRefusal(asked) ? asked : act(asked)
    }
  return new Map([
    ['/key/generate', route(newKeySchema, (asked) => store.generate(asked))],
    ['/key/delete', route(oldKeysSchema, (asked) => store.delete(asked))],
  ])
}

const NOT_MASTER: Refusal = { status: 401, code: 'auth_error', message: 'This is not the master key.' }
