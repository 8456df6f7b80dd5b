/**
 * Any value as JSON text; `undefined` becomes `null`.
 *
 * @throws whatever stands in the way: functions, cycles, `BigInt`, nesting without end, a `toJSON` that throws
 */
export function jsonText(value: unknown): string {
  const text: string | undefined = value === undefined ? 'null' : JSON.stringify(value)
  if (text === undefined) throw new TypeError('JSON has no form for this value')
  return text
}
