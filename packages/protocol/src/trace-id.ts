const form = /^(?!0{32})[0-9a-f]{32}$/

/** Whether `value` is a trace id: 32 lower-case hex digits, not all zero. `docs/protocol.md` §11. */
export function isTraceId(value: unknown): value is string {
  return typeof value === 'string' && form.test(value)
}
