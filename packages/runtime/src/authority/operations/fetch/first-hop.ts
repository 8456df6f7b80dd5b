import { InvalidRequestError } from '@arcp/protocol'
import { type BodyInit, Headers, type HeadersInit } from 'undici'
import type { Hop } from './hop'

/**
 * The request an agent asks for.
 *
 * @throws INVALID_REQUEST for what is no `http` or `https` URL or carries user info
 */
export async function firstHop(input: string | URL, init: RequestInit): Promise<Hop> {
  const text = String(input)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new InvalidRequestError('url: expected an http or https URL')
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidRequestError('url: expected one without user info; send an authorization header instead')
  }
  const headers = new Headers(init.headers as HeadersInit)
  const body = await sendable(init.body ?? null, headers)
  return { url, method: (init.method ?? 'GET').toUpperCase(), headers, body }
}

/** A form of the platform is none to another implementation of the same standard, so it is written out. */
async function sendable(body: RequestInit['body'] | null, headers: Headers): Promise<BodyInit | null> {
  if (!(body instanceof FormData)) return body as BodyInit | null
  const written = new Response(body)
  headers.set('content-type', written.headers.get('content-type') ?? '')
  return new Uint8Array(await written.arrayBuffer())
}
