import { eventBodySchemas, jobHeartbeatSchema, vendorBodySchema, wireErrorSchema } from '@arcp/protocol'
import * as v from 'valibot'
import { read } from './repository'

/** The heading of the table, by which it is found. */
const HEADING = '| Event | When | Fields | Who sees it |'

/** A page with its table of events made anew. */
export function withEventTable(page: string): string {
  const start = page.indexOf(`${HEADING}\n`)
  if (start === -1) throw new Error('the page has no table of events')
  const end = page.indexOf('\n\n', start)
  return page.slice(0, start) + eventTable() + page.slice(end)
}

/** Every event: when it comes, as its type in the sources is described; its fields, as its schema knows them. */
function eventTable(): string {
  const followers = 'all who follow'
  const rows = [
    ...Object.entries(eventBodySchemas).map(([type, schema]) => rowOf(type, schema, followers)),
    rowOf(
      'job.heartbeat',
      jobHeartbeatSchema,
      'those who have read everything else; without a number, kept nowhere',
    ),
    rowOf('x-vendor.name', vendorBodySchema, followers),
  ]
  return [HEADING, '|---|---|---|---|', ...rows].join('\n')
}

const sources =
  read('packages/protocol/src/events/bodies.ts') + read('packages/protocol/src/messages/heartbeat.ts')

function rowOf(type: string, schema: unknown, followers: string): string {
  const fields = fieldsOf(schema as ObjectSchema)
  const secrets = fields.filter(([, field]) => audienceOf(field) === 'owner').map(([name]) => `\`${name}\``)
  const audience = secrets.length === 0 ? followers : `${followers}; ${secrets.join(', ')} the owner only`
  const described = fields.map(
    ([name, field]) => `\`${name}${isOptional(field) ? '?' : ''}\` ${kindOf(field)}`,
  )
  return `| \`${type}\` | ${whenOf(type)} | ${described.join(', ')} | ${audience} |`
}

/** An object's schema, or one in whose pipe it stands. */
interface ObjectSchema {
  readonly entries?: Readonly<Record<string, v.GenericSchema>>
  readonly pipe?: readonly ObjectSchema[]
}

function fieldsOf({ entries, pipe = [] }: ObjectSchema): [string, v.GenericSchema][] {
  return entries ? Object.entries(entries) : pipe.flatMap(fieldsOf)
}

function whenOf(type: string): string {
  const [, text] = new RegExp(`/\\*\\* \`${type}\`: (.+?)\\.? \\*/`).exec(sources) ?? []
  if (text === undefined) throw new Error(`nothing says when ${type} comes`)
  return text.replace(/\.? `docs\/protocol\.md` (§\d+)/, ' ($1)').replace(' (§4)', '')
}

function isOptional({ type }: v.GenericSchema): boolean {
  return type === 'optional' || type === 'exact_optional'
}

/** What stands inside an optional one. */
function insideOf(field: v.GenericSchema): v.GenericSchema {
  return isOptional(field) ? (field as v.OptionalSchema<v.GenericSchema, undefined>).wrapped : field
}

function audienceOf(field: v.GenericSchema): unknown {
  return v.getMetadata(insideOf(field)).audience
}

/** What a field may hold, in words. */
function kindOf(field: v.GenericSchema): string {
  const inside = insideOf(field)
  if (inside === wireErrorSchema) return '(an error, §9)'
  return `(${wordsOf(inside)})`
}

function wordsOf(schema: v.GenericSchema): string {
  const { type, message, options, pipe } = schema as Partial<v.PicklistSchema<string[], string>> & {
    readonly pipe?: readonly { readonly message?: unknown }[]
  }
  const told = pipe?.map((step) => step.message).find((text) => text !== undefined) ?? message
  if (typeof told === 'string') return told.replace('expected ', '')
  if (options) return options.map((option) => `\`${option}\``).join(', ')
  const words: Readonly<Record<string, string>> = {
    string: 'text',
    boolean: 'a boolean',
    unknown: 'any JSON',
  }
  const word = words[type as string]
  if (word === undefined) throw new Error(`no words for a schema of type ${type}`)
  return word
}
