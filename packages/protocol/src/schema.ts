import * as v from 'valibot'

/** A schema that tells whether a value is a `T`. Schemas check; what passes on is the value as it came. */
export type Schema<T> = v.GenericSchema<unknown, T>

/** What is wrong with a value, and where: `input.files[0].name`, or an empty path for the value itself. */
export interface Issue {
  readonly path: string
  readonly message: string
}

/** The most issues told of one value. */
export const MAX_ISSUES = 10

/**
 * What is wrong with `value`, at most {@link MAX_ISSUES} issues; `undefined` when nothing is.
 *
 * @param prefix where the value itself stands, for the paths of the issues
 */
export function issuesOf(schema: Schema<unknown>, value: unknown, prefix = ''): Issue[] | undefined {
  const result = v.safeParse(schema, value)
  if (result.success) return undefined
  return result.issues.slice(0, MAX_ISSUES).map((issue) => ({
    path: formatPath(issue.path?.map((item) => item.key) ?? [], prefix),
    message: issue.message,
  }))
}

/** A path as people write it: `lease_request["fs.read"][0]`. */
export function formatPath(keys: readonly unknown[], prefix = ''): string {
  let path = prefix
  for (const key of keys) {
    if (typeof key === 'number') path += `[${key}]`
    else if (/^[\w$-]+$/.test(String(key))) path += path === '' ? String(key) : `.${String(key)}`
    else path += `[${JSON.stringify(String(key))}]`
  }
  return path
}

/** One line that tells all issues. */
export function describeIssues(issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
}
