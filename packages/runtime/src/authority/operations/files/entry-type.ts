/** What stands at a path: a link only where links are not followed, `other` for pipes, devices and sockets. */
export type EntryType = 'file' | 'directory' | 'link' | 'other'

/** What the system says of an entry. */
interface Described {
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
}

export function entryType(described: Described): EntryType {
  if (described.isFile()) return 'file'
  if (described.isDirectory()) return 'directory'
  return described.isSymbolicLink() ? 'link' : 'other'
}
