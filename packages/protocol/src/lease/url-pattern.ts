import { globLanguage, globSteps } from './glob'
import { type Language, language, type Step } from './language'

/** What `*` stops at within a host, and `**`. */
const HOST_WITHIN = './:?'
const HOST_ACROSS = '/:?'

/** Everything that may follow a path: nothing, or a query. */
const QUERY: readonly Step[] = ['?', { except: '' }]

/**
 * A URL as it is compared: lower-case scheme and host, no default port, no fragment, dots resolved. `undefined` for
 * what is none of `http` or `https`, carries user info, or hides dots behind an encoded separator.
 */
export function canonicalUrl(text: string): string | undefined {
  const url = parse(text)
  if (!url) return undefined
  url.hash = ''
  const hidden = /%2f|%5c/i.test(url.pathname) && /(^|%2f|%5c|\/)(\.|%2e)+(\/|%2f|%5c|$)/i.test(url.pathname)
  return hidden ? undefined : upperCaseEscapes(url.href)
}

/** What is wrong with a pattern for URLs; `undefined` when nothing is. */
export function urlPatternFault(pattern: string): string | undefined {
  if (pattern === '**') return undefined
  if (!/^https?:\/\/[^/?#]/i.test(pattern)) return 'expected an http or https URL, or **'
  if (pattern.includes('#')) return 'expected a URL without a fragment'
  return parse(pattern) ? undefined : 'expected a URL without user info, whose port is a number'
}

/**
 * What a pattern for URLs stands for. `*` in a host stays within one label, `**` does not; in a path neither goes beyond
 * it; a pattern that names no query takes any.
 */
export function urlLanguages(pattern: string): Language[] {
  if (pattern === '**') return [globLanguage('http**')]
  const url = parse(pattern)
  if (!url) return []
  const text = upperCaseEscapes(url.href)
  const pathAt = text.indexOf('/', url.protocol.length + 2)
  const host = globSteps(text.slice(0, pathAt), HOST_WITHIN, HOST_ACROSS)
  const [path = '', ...query] = text.slice(pathAt).split(/(?=\?)/)
  // A wildcard for paths that reached into queries would make any path look like one it stands for.
  const whole = [...host, ...globSteps(path, '/?', '?')]
  if (query.length > 0) return [language([...whole, ...globSteps(query.join(''), '', '')])]
  const languages = [language([...whole, ...QUERY], whole.length)]
  if (text.endsWith('/**')) languages.push(language([...whole.slice(0, -2), ...QUERY], whole.length - 2))
  return languages
}

function parse(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:'
  return isHttp && url.username === '' && url.password === '' ? url : undefined
}

function upperCaseEscapes(text: string): string {
  return text.replace(/%[0-9a-f]{2}/gi, (encoded) => encoded.toUpperCase())
}
