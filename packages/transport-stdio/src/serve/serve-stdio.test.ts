import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { programs, record, TestClock, testAcceptor } from '@arcp/testkit'
import { beforeAll, describe, expect, it } from 'vitest'
import { serveStdio, spawnRuntime } from '../index'
import type { Order } from '../testing/speaker'
import { type Written, written } from '../testing/written'

let program: string

beforeAll(async () => {
  const { directory, ...rest } = await programs(new URL('../testing/speaker.ts', import.meta.url))
  program = join(directory, 'speaker.mjs')
  return () => rest[Symbol.asyncDispose]()
})

/** The child as a program that knows pipes and lines starts it. */
function startChild() {
  const child = spawn(process.execPath, [program], { stdio: 'pipe' })
  const stderr = written()
  child.stderr.setEncoding('utf8').on('data', stderr.take)
  return { child, stderr, closed: once(child, 'close') }
}

function order(child: ChildProcessWithoutNullStreams, what: Order): void {
  child.stdin.write(`${JSON.stringify(what)}\n`)
}

/** Reads lines of the child's stdout until there are as many. */
async function lines(child: ChildProcessWithoutNullStreams, count: number): Promise<string[]> {
  const stdout: Written = written()
  child.stdout.setEncoding('utf8').on('data', stdout.take)
  while (stdout.text.split('\n').length <= count) await once(child.stdout, 'data')
  return stdout.text.split('\n').slice(0, -1)
}

/** The child behind a dialer. */
async function dial() {
  const stderr = written()
  const dialer = spawnRuntime(process.execPath, [program], { stderr: stderr.take })
  const transport = await dialer.open(new AbortController().signal)
  const told = record(transport)
  const send = (what: Order) => transport.send([JSON.stringify(what)])
  return { transport, told, stderr, send }
}

describe('a child that is served', () => {
  it('keeps what others print off the stream of frames', async () => {
    const { child, stderr, closed } = startChild()
    order(child, { do: 'print' })
    expect(await lines(child, 1)).toEqual(['{"do":"print"}'])
    child.stdin.end()
    await closed
    for (const way of ['console.log', 'console.table', 'process.stdout.write'])
      expect(stderr.text).toContain(`by ${way}`)
  })

  it('closes its runtime and ends when its stdin ends', async () => {
    const { child, stderr, closed } = startChild()
    await stderr.until('serving over stdio')
    child.stdin.end()
    expect(await closed).toEqual([0, null])
    expect(stderr.text).toBe('serving over stdio\ntold 1000 \nclosing within 2000\nserved\n')
  })

  it('ends when its parent is killed', async () => {
    const parent = spawn(
      process.execPath,
      [
        '-e',
        `const { spawn } = require('node:child_process')
         const child = spawn(process.execPath, [process.argv[1]], { stdio: ['pipe', 'pipe', 'inherit'] })`,
        program,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    const stderr = written()
    parent.stderr.setEncoding('utf8').on('data', stderr.take)
    await stderr.until('serving')
    // The child holds the pipe, too: its end is the child's.
    const ended = once(parent.stderr, 'end')
    parent.kill('SIGKILL')
    await ended
    expect(stderr.text).toContain('served')
  })

  it('is ended where something keeps it alive', async () => {
    const { child, stderr, closed } = startChild()
    order(child, { do: 'stay' })
    child.stdin.end()
    expect(await closed).toEqual([0, null])
    expect(stderr.text).toContain('served')
  })

  it('goes on while its parent does not read, and loses nothing', async () => {
    const { child, stderr, closed } = startChild()
    order(child, { do: 'flood', frames: 200 })
    order(child, { do: 'note', text: 'still here' })
    await stderr.until('still here')
    expect(stderr.text).toContain(`buffered ${200 * (64 * 1024 + 1)}`)
    const all = await lines(child, 200)
    expect(all.map((line) => line.length)).toEqual(Array(200).fill(64 * 1024))
    child.stdin.end()
    expect(await closed).toEqual([0, null])
  })

  it('ends without a word where its parent takes no more', async () => {
    const { child, stderr, closed } = startChild()
    await stderr.until('serving')
    child.stdout.destroy()
    order(child, { do: 'flood', frames: 10 })
    expect(await closed).toEqual([0, null])
    expect(stderr.text).not.toContain('EPIPE')
    expect(stderr.text).toContain('served')
  })

  it('says why it breaks off, which its parent is told', async () => {
    const { told, transport, stderr } = await dial()
    transport.send([JSON.stringify({ do: 'echo', fill: 'x'.repeat(64 * 1024) })])
    const { code, reason } = await told.closed
    expect(code).toBe(1006)
    expect(reason).toContain('exited with code 1; the last it wrote to stderr:\n')
    expect(reason).toContain('the connection was closed with code 1009: frame too large')
    expect(stderr.text).toContain('told 1009 frame too large')
  })

  it('ends with 0 when it closes as it should', async () => {
    const { told, send } = await dial()
    send({ do: 'echo' })
    send({ do: 'close', code: 1001, reason: 'going' })
    expect((await told.closed).code).toBe(1000)
    expect(told.frames).toEqual(['{"do":"echo"}'])
  })
})

it('refuses an option there is none of', async () => {
  const misspelt = { drain: 1 } as object
  await expect(serveStdio(testAcceptor(), misspelt)).rejects.toThrow(
    new TypeError('there is no option drain'),
  )
})

describe('over streams of its own', () => {
  it('hands whatever comes by the line to the runtime, and leaves the process alone', async () => {
    const { input, output } = { input: new PassThrough(), output: new PassThrough() }
    const acceptor = testAcceptor()
    const served = serveStdio(acceptor, { input, output })
    const { transport } = await acceptor.next()
    const told = record(transport)
    input.end('what is this?\n{}\n')
    await served
    expect(told.frames).toEqual(['what is this?', '{}'])
    expect(process.exitCode).toBeUndefined()
  })

  it('waits for what was sent to leave, but not without end', async () => {
    const { input, output } = { input: new PassThrough(), output: new PassThrough({ highWaterMark: 1 }) }
    const acceptor = testAcceptor()
    const clock = new TestClock()
    const served = serveStdio(acceptor, { input, output, clock })
    const { transport } = await acceptor.next()
    const told = record(transport)
    transport.send(['{"large":1}', '{"large":2}'])
    transport.close(1000, 'done')
    await clock.settle()
    expect(told.closes).toEqual([])
    clock.advance(2_000)
    await served
    expect(told.closes).toEqual([{ code: 1000, reason: 'done' }])
  })
})
