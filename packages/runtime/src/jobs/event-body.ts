import {
  type ArcpError,
  describeIssues,
  type Extensions,
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
import { jsonText } from './json-text'

/**
 * An event's body as JSON text, a snapshot of what the agent handed over.
 *
 * @throws INVALID_REQUEST with the paths, when the body is not of its type, has fields that are neither its type's nor
 * `x-*`, or holds what JSON cannot write
 */
export function writeBody<Type extends JobEventType>(type: Type, body: JobEventBodies[Type]): string {
  const issues = issuesOf(eventBodySchemas[type], body) ?? unknownFields(eventFields[type], body)
  if (issues) throw invalid(type, issues)
  return writeJson(type, hasOwnForm(body) ? { ...body } : body)
}

/** An object that says itself how it is written could write what has not been checked. */
function hasOwnForm(body: object): boolean {
  return typeof (body as { toJSON?: unknown }).toJSON === 'function'
}

const VENDOR_TYPE = /^x-[\w.-]{1,126}$/

/**
 * A vendor event's body as JSON text, `body` and the extensions beside it.
 *
 * @throws INVALID_REQUEST when type or extensions are not of their form, or JSON cannot write them
 */
export function writeVendorBody(type: string, body: unknown, extensions: Extensions = {}): string {
  if (typeof type !== 'string' || !VENDOR_TYPE.test(type)) {
    throw invalid('emit', [{ path: 'type', message: 'expected x- and 1 to 126 of A-Z a-z 0-9 _ . -' }])
  }
  const issues = unknownFields(NO_FIELDS, extensions)
  if (issues) throw invalid(type, issues)
  const beside = writeJson(type, { ...extensions }).slice(1)
  return `{"body":${writeJson(type, body)}${beside === '}' ? beside : `,${beside}`}`
}

const NO_FIELDS: ReadonlySet<string> = new Set()

/**
 * Any value as JSON text; `undefined` becomes `null`.
 *
 * @throws INVALID_REQUEST when JSON cannot write it: functions, cycles, `BigInt`, nesting without end. Why is in its
 * `cause`, for the text may be that of an exception, which stays in this process.
 */
export function writeJson(what: string, value: unknown): string {
  try {
    return jsonText(value)
  } catch (cause) {
    throw new InvalidRequestError(`${what}: cannot be written as JSON`, { cause })
  }
}

/** What only the owner is told, and never by an agent: everyone would read it. */
const OWNERS_ONLY = 'credentials'

function unknownFields(known: ReadonlySet<string>, body: object): Issue[] | undefined {
  let issues: Issue[] | undefined
  for (const key of Object.keys(body)) {
    if ((known.has(key) && key !== OWNERS_ONLY) || isExtensionKey(key)) continue
    issues ??= []
    if (issues.push({ path: key, message: 'unknown field; extensions begin with x-' }) >= MAX_ISSUES) break
  }
  return issues
}

function invalid(type: string, issues: readonly Issue[]): ArcpError {
  return new InvalidRequestError(`${type}: ${describeIssues(issues)}`, { details: { issues } })
}
