import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import * as v from 'valibot'

/** Why nothing is answered, as this kind of API says so. */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly message: string
}

const MAX_BODY_BYTES = 1024 * 1024

/** The secret a request comes with. */
export function bearerOf({ headers }: IncomingMessage): string {
  return headers.authorization?.replace(/^Bearer /, '') ?? ''
}

/** Reads what a request says, as `schema` has it; what is wrong with it is a refusal. */
export async function readBody<T>(
  request: IncomingMessage,
  schema: v.GenericSchema<unknown, T>,
): Promise<T | Refusal> {
  if (!(Number(request.headers['content-length']) <= MAX_BODY_BYTES)) {
    return {
      status: 413,
      code: 'too_large',
      message: `A request has a length of at most ${MAX_BODY_BYTES} bytes.`,
    }
  }
  const body = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), await text(request))
  return body.success
    ? body.output
    : { status: 400, code: 'invalid_request', message: v.summarize(body.issues) }
}

/** Whether it is one; what is asked or answered has no status. */
export function isRefusal(value: object): value is Refusal {
  return 'status' in value
}
