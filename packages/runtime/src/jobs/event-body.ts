import {
  type ArcpError,
  describeIssues,
  eventBodySchemas,
  eventFields,
  InvalidRequestError,
  type Issue,
  isExtensionKey,
  issuesOf,
  type JobEventBodies,
  type JobEventType,
  MAX_ISSUES,
} from '@arcp/protocol'

/**
 * An event's body as JSON text, a snapshot of what the agent handed over.
 *
 * @throws INVALID_REQUEST with the paths, when the body is not of its type, has fields that are neither its type's nor
 * `x-*`, or holds what JSON cannot write
 */
export function writeBody<Type extends JobEventType>(type: Type, body: JobEventBodies[Type]): string {
  const issues = issuesOf(eventBodySchemas[type], body) ?? unknownFields(eventFields[type], body)
  if (issues) throw invalid(type, issues)
  return writeJson(type, body)
}

/**
 * Any value as JSON text; `undefined` becomes `null`.
 *
 * @throws INVALID_REQUEST when it holds what JSON cannot write: cycles, `BigInt`, nesting without end
 */
export function writeJson(what: string, value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null'
  } catch (error) {
    throw new InvalidRequestError(`${what} cannot be written as JSON: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

function unknownFields(known: ReadonlySet<string>, body: object): Issue[] | undefined {
  let issues: Issue[] | undefined
  for (const key of Object.keys(body)) {
    if (known.has(key) || isExtensionKey(key)) continue
    issues ??= []
    if (issues.push({ path: key, message: 'unknown field; extensions begin with x-' }) >= MAX_ISSUES) break
  }
  return issues
}

function invalid(type: string, issues: readonly Issue[]): ArcpError {
  return new InvalidRequestError(`${type}: ${describeIssues(issues)}`, { details: { issues } })
}
