import { readFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { extname } from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Nothing but the page's own files and the runtime's WebSocket; no frames, no forms, no inline code. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
}

/** Answers with the files of a directory that are named, and no others; `/` is `index.html`. */
export async function servePages(directory: URL, names: readonly string[]): Promise<RequestListener> {
  const pages = new Map<string, { readonly type: string; readonly body: Buffer }>()
  for (const name of names) {
    const type = TYPES[extname(name)] ?? 'application/octet-stream'
    pages.set(`/${name}`, { type, body: await readFile(new URL(name, directory)) })
  }
  return (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const page = pages.get(pathname === '/' ? '/index.html' : pathname)
    if (!page) {
      response.writeHead(404, { ...HEADERS, 'content-type': 'text/plain; charset=utf-8' })
      response.end('There is nothing here. The page is at /, the runtime at /arcp.\n')
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { ...HEADERS, allow: 'GET, HEAD' })
      response.end()
    } else {
      response.writeHead(200, {
        ...HEADERS,
        'content-type': page.type,
        'content-length': page.body.byteLength,
      })
      response.end(request.method === 'HEAD' ? undefined : page.body)
    }
  }
}
