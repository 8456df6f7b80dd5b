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

/** The most characters of an issue's path, and of its message; what is longer is cut and ends in `…`. */
export const MAX_ISSUE_LENGTH = 200

/**
 * What is wrong with `value`, the first thing only, so that a hostile value costs no more than an honest one;
 * `undefined` when nothing is. Nothing of the value itself is repeated, for it may be a secret.
 *
 * @param prefix where the value itself stands, for the paths of the issues
 */
export function issuesOf(schema: Schema<unknown>, value: unknown, prefix = ''): Issue[] | undefined {
  const result = v.safeParse(schema, value, { abortEarly: true, message: expectation })
  return result.issues?.map((issue) =>
    issueAt(issue.path?.map((item) => item.key) ?? [], prefix, issue.message),
  )
}

function expectation({ expected, received }: v.BaseIssue<unknown>): string {
  return received === 'undefined' ? 'is missing' : `expected ${expected}`
}

/** An issue of bounded size. */
export function issueAt(keys: readonly unknown[], prefix: string, message: string): Issue {
  return { path: clip(formatPath(keys, prefix)), message: clip(message) }
}

function clip(text: string): string {
  return text.length > MAX_ISSUE_LENGTH ? `${text.slice(0, MAX_ISSUE_LENGTH - 1)}…` : text
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
  return issues.map(({ path, message }) => (path && `${path}: `) + message).join('; ')
}
