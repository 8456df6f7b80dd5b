import { readdirSync } from 'node:fs'
import { compat } from '@arcp/compat'
import { CloseCode, type Dialer, memoryDialer } from '@arcp/protocol/transport'
import { type ScriptedPeer, scriptedPeer, testAcceptor } from '@arcp/testkit'
import { expect, it } from 'vitest'
import { frameOf, learn, linesOf, withValues } from '../transcript'
import { application } from './application'

/*
 * Transcripts as beside, of our client and a runtime of the draft, the other way round:
 *
 *   ! WORDS                       the application does something
 *   > TYPE {envelope} {payload}   the very next thing our client says, whole
 *   < TYPE {envelope} {payload}   the runtime says
 *   = LINE                        what the application comes to see; nothing else than is written
 *   ~                             the connection ends, if it has not, and our client opens another one
 *   .                             our client has closed the connection
 */

const directory = new URL('./transcripts/', import.meta.url)

/** What goes without saying in each. */
const SESSION: readonly [string, unknown][] = [['$sess1', 'sess_1']]

const once = (dialer: Dialer) => compat(dialer)
const twice = (dialer: Dialer) => compat(compat(dialer))

it.each(
  readdirSync(directory).flatMap((name) => [
    { name, through: 'one translator', translated: once },
    { name, through: 'two translators', translated: twice },
  ]),
)('our client speaks with the runtime of $name, through $through', async ({ name, translated }) => {
  const acceptor = testAcceptor()
  const app = application(translated(memoryDialer(acceptor)))
  const known = new Map<string, unknown>(SESSION)
  let peer: ScriptedPeer | undefined
  let said = 0

  const runtime = async () => {
    peer ??= scriptedPeer((await acceptor.next()).transport)
    return peer
  }

  for (const [at, line] of linesOf(new URL(name, directory))) {
    const step = `${name}:${at}`
    const rest = line.slice(2)
    if (line.startsWith('! ')) app.do(rest)
    else if (line.startsWith('= ')) await app.told(rest)
    else if (line === '.') await (await runtime()).closed
    else if (line === '~') {
      await hangUp(peer, step)
      peer = undefined
    } else if (line.startsWith('> ')) {
      const arrived = await (await runtime()).next()
      const expected = { id: '$msg', ...frameOf(rest, known) }
      learn(expected, arrived, known)
      expect(arrived, step).toEqual(withValues(expected, known))
    } else if (line.startsWith('< ')) {
      said++
      const frame = { id: `run_${said}`, ...frameOf(rest, known) }
      ;(await runtime()).send(withValues(frame, known) as object)
    } else throw new Error(`${step}: what is ${JSON.stringify(line)}?`)
  }
  await hangUp(peer, name)
  expect(app.lines, `${name}: the application saw more than is written`).toEqual([])
})

/** Ends a connection over which our client has said no more than is written. */
async function hangUp(peer: ScriptedPeer | undefined, step: string): Promise<void> {
  await peer?.close(CloseCode.abnormal)
  const untold = await peer?.next().catch(() => undefined)
  expect(untold, `${step}: our client said more than is written`).toBeUndefined()
}
