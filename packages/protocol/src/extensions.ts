/** A key of a vendor's own data; such keys pass through every peer unmodified. `docs/protocol.md` §10. */
export type ExtensionKey = `x-${string}`

/** Vendor data beside contract fields: any JSON under `x-*` keys. */
export interface Extensions {
  [key: ExtensionKey]: unknown
}

/** Whether `key` is an extension's. */
export function isExtensionKey(key: string): key is ExtensionKey {
  return key.length > 2 && key.startsWith('x-')
}

/** The value under an extension key of an event or payload, own properties only; `undefined` when there is none. */
export function getExtension(source: object, key: ExtensionKey): unknown {
  return Object.hasOwn(source, key) ? (source as Extensions)[key] : undefined
}

/** All extensions of an event or payload, their values as they are; `undefined` when there are none. */
export function pickExtensions(source: object): Extensions | undefined {
  let found: Extensions | undefined
  for (const key of Object.keys(source)) {
    if (!isExtensionKey(key)) continue
    found ??= {}
    found[key] = (source as Extensions)[key]
  }
  return found
}
