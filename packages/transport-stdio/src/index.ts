// The parent's side

export type { SpawnRuntimeOptions } from './spawn/options'
export { spawnRuntime } from './spawn/spawn-runtime'

// The child's side

export { type ServeStdioOptions, type StdioRuntime, serveStdio } from './serve/serve-stdio'
