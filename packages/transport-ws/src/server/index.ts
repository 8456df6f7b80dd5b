// Ports of one's own

export { type ListenOptions, listen, type Server } from './listen'

// Servers that exist already

export { type Attachment, type AttachOptions, attach } from './attach'

// Options both share

export type { AccessOptions } from './access'
export type { ConnectionOptions } from './connections'
