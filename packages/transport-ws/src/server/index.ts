// Ports of one's own

// Options both share
export type { AccessOptions } from './access'
// Servers that exist already
export { type Attachment, type AttachOptions, attach } from './attach'
export type { ConnectionOptions } from './connections'
export { type ListenOptions, listen, type Server } from './listen'
