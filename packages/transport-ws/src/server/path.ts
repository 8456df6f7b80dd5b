/** The path of a request target, its query cut off. */
export function pathOf(target: string | undefined): string {
  return (target ?? '').split('?', 1)[0] ?? ''
}

/** The option `path`, or its default. @throws TypeError for a path no request can have. */
export function checkPath(path: string = '/arcp'): string {
  if (/^\/[^?#\s]*$/.test(path)) return path
  throw new TypeError(`the option \`path\` starts with "/" and has no query, unlike ${JSON.stringify(path)}`)
}

/** What a client is told that connects to another path. */
export function wrongPath(asked: string, path: string): string {
  return `No runtime at ${JSON.stringify(asked.slice(0, 100))}; connect to ${path}.`
}
