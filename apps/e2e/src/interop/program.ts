import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { RawFrame } from '@arcp/testkit'

/** A frame that a program has sent or received. */
export interface SeenFrame {
  readonly way: 'in' | 'out'
  readonly frame: RawFrame
}

/** What a program's SDK threw. */
class TheirError extends Error {
  override readonly name: string
  readonly code: string | null
  readonly details: unknown

  constructor({ type, code, message, details }: Thrown) {
    super(message)
    this.name = type
    this.code = code
    this.details = details
  }
}

interface Thrown {
  readonly type: string
  readonly code: string | null
  readonly message: string
  readonly details: unknown
}

/** A Python program that does what a test says. Disposing ends it. */
export interface Program extends AsyncDisposable {
  /** Every frame so far, oldest first. */
  readonly frames: readonly SeenFrame[]
  /** Resolves with what a command returns; rejects with a {@link TheirError} when it throws. */
  call<Value = unknown>(command: string, args?: object): Promise<Value>
  /** Resolves when every frame so far has been told of. */
  settle(): Promise<unknown>
  /** Resolves with the first frame of this way and test, seen or yet to come. */
  frame(way: SeenFrame['way'], matches: (frame: RawFrame) => boolean): Promise<RawFrame>
}

/** Where a program of `python/` lies. */
export function pythonScript(name: string): string {
  return fileURLToPath(new URL(`python/${name}`, import.meta.url))
}

/** Starts a program of `python/`. */
export function startProgram(python: string, script: 'client.py' | 'runtime.py'): Program {
  // Without bytecode, which would be left in the source tree.
  const child = spawn(python, ['-B', pythonScript(script)], { stdio: ['pipe', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  const calls = new Map<number, PromiseWithResolvers>()
  const frames: SeenFrame[] = []
  const waits = new Set<{
    readonly test: (seen: SeenFrame) => boolean
    readonly found: PromiseWithResolvers
  }>()
  let errors = ''
  let count = 0
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors = (errors + text).slice(-10_000)
  })
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Answer | SeenFrame
    if ('frame' in line) {
      frames.push(line)
      for (const wait of waits) if (wait.test(line)) wait.found.resolve(line.frame)
      return
    }
    const call = calls.get(line.id)
    calls.delete(line.id)
    if (line.error) call?.reject(new TheirError(line.error))
    else call?.resolve(line.ok)
  })
  child.on('exit', () => {
    const gone = new Error(`${script} has ended:\n${errors}`)
    for (const { reject } of calls.values()) reject(gone)
    for (const { found } of waits) found.reject(gone)
  })

  function call(command: string, args: object): Promise<unknown> {
    const asked = withResolvers()
    count++
    calls.set(count, asked)
    child.stdin.write(`${JSON.stringify({ id: count, do: command, with: args })}\n`)
    return asked.promise
  }

  return {
    frames,
    call: <Value>(command: string, args: object = {}) => call(command, args) as Promise<Value>,
    settle: () => call('settle', {}),
    async frame(way, matches) {
      const test = (seen: SeenFrame) => seen.way === way && matches(seen.frame)
      const seen = frames.find(test)
      if (seen) return seen.frame
      const wait = { test, found: withResolvers() }
      waits.add(wait)
      try {
        return (await wait.found.promise) as RawFrame
      } finally {
        waits.delete(wait)
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

interface Answer {
  readonly id: number
  readonly ok?: unknown
  readonly error?: Thrown
}

interface PromiseWithResolvers {
  readonly promise: Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

function withResolvers(): PromiseWithResolvers {
  let parts!: Omit<PromiseWithResolvers, 'promise'>
  const promise = new Promise<unknown>((resolve, reject) => {
    parts = { resolve, reject }
  })
  return { promise, ...parts }
}
