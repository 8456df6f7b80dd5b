/** What stands in a JSON field: a value, or what is wrong with it. */
export type ReadJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: string }

/** Reads a field that may hold any JSON value. */
export function readJson(text: string): ReadJson {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch (error) {
    return {
      ok: false,
      problem: `This is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}

/** Reads a lease request: an object whose values are lists of patterns. What they grant is the runtime's to judge. */
export function readLease(
  text: string,
): { ok: true; value: Record<string, string[]> } | (ReadJson & { ok: false }) {
  const read = readJson(text.trim() === '' ? '{}' : text)
  if (!read.ok) return read
  const { value } = read
  const isPatterns = (patterns: unknown) =>
    Array.isArray(patterns) && patterns.every((pattern) => typeof pattern === 'string')
  if (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every(isPatterns)
  ) {
    return { ok: true, value: value as Record<string, string[]> }
  }
  return {
    ok: false,
    problem: 'A lease request is an object of lists of patterns, such as {"tool.call": ["search"]}.',
  }
}
