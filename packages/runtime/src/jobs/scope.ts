import type { Scope } from '@arcp/protocol/store'

/** Whether two scopes are the same identity. `docs/protocol.md` §8. */
export function sameScope(a: Scope, b: Scope): boolean {
  return (
    a.principal === b.principal &&
    a.chain.length === b.chain.length &&
    a.chain.every((x, i) => x === b.chain[i])
  )
}

/**
 * Whether `viewer` may know of what `scope` does without further ado: it is its own, or was done on its behalf by
 * somebody it delegated to. Never the other way round. `docs/protocol.md` §3.
 */
export function sees(viewer: Scope, scope: Scope): boolean {
  if (viewer.principal === '' || viewer.principal !== scope.principal) return false
  return viewer.chain.length === 0 || sameScope(viewer, scope)
}
