import type { Store } from '@arcp/protocol/store'
import { memoryStore } from '../store/memory'

/** A memory store, some of whose methods are a test's own; those may call it. */
export function storeThat(methods: (inner: Store) => Partial<Store>): Store {
  const inner = memoryStore()
  const own = methods(inner)
  return new Proxy(inner, {
    get: (_, name) => own[name as keyof Store] ?? inner[name as keyof Store].bind(inner),
  })
}
