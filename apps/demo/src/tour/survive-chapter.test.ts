import { createHash } from 'node:crypto'
import { connect } from '@arcp/client'
import type { Dialer } from '@arcp/protocol/transport'
import { createRuntime, staticTokens } from '@arcp/runtime'
import { webSocket } from '@arcp/transport-ws'
import { listen } from '@arcp/transport-ws/server'
import { expect, test } from 'vitest'
import { linesAgent } from '../agents/lines'
import { createTerminal, type OutputStream } from '../terminal/terminal'
import { createPipe, createScreen } from '../testing/screen'
import { surviveChapter } from './survive-chapter'

/** Tells the chapter on a stream; resolves with how many connections it opened. */
async function tell(stream: OutputStream): Promise<number> {
  await using runtime = createRuntime({
    name: 'test',
    version: '1.0.0',
    auth: staticTokens({ t: 'ada' }),
    agents: [linesAgent],
  })
  await using server = await listen(runtime)
  const inner = webSocket(server.url)
  let opened = 0
  const counting: Dialer = {
    open(signal) {
      opened++
      return inner.open(signal)
    },
  }
  await using reader = await connect(inner, { token: 't' })
  const out = createTerminal(stream, {})
  await surviveChapter(counting, reader, { token: 't', signal: new AbortController().signal, out })
  out.close()
  return opened
}

const digest = createHash('sha256')
  .update(Array.from({ length: 300 }, (_, i) => `line ${i + 1} of 300\n`).join(''))
  .digest('hex')

test.concurrent('a job whose socket is destroyed three times is told whole, with each change of state', async () => {
  const pipe = createPipe()
  expect(await tell(pipe.stream)).toBeGreaterThanOrEqual(4)
  const text = pipe.text().replaceAll(/after \d+ ms/g, 'after N ms')
  const broken = (line: number) =>
    `✂ The socket is destroyed at line ${line}.\n  reconnecting\n  connected again, after N ms\n`
  for (const line of [75, 150, 225]) expect(text).toContain(broken(line))
  expect(text).toContain('lines: completed\n')
  expect(text).toContain('destroyed 3 times, and the client missed nothing: it has each of the 604 events')
  expect(text).toContain(`SHA-256 ${digest.slice(0, 16)}… of both`)
})

test.concurrent('on a terminal the changes of state stand above the bar', async () => {
  const screen = createScreen()
  await tell(screen.stream)
  const lines = await screen.lines()
  const changes = lines.filter((line) => line.startsWith('  ')).map((line) => line.trim().split(',')[0])
  expect(changes).toEqual(Array(3).fill(['reconnecting', 'connected again']).flat())
  expect(lines.find((line) => line.startsWith('lines'))).toMatch(
    /^lines {2}█{24} {2}100 % {2}300\/300 {2}completed$/,
  )
  expect(screen.cursorShown()).toBe(true)
})
