import { readdir, readFile, rename, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isArcpError } from '@arcp/protocol'
import { describe, expect, it } from 'vitest'
import { filesOf } from '../../../testing/files-of'
import { permitted } from '../../../testing/permitted'
import { tempDirectory } from '../../../testing/temp-directory'
import type { AgentFiles } from './agent-files'
import { type FileSystem, machineFiles } from './file-system'
import { openAnchored } from './open-anchored'
import { openCompared } from './open-compared'
import type { Opening } from './opening'

/** Swaps something for a link to what is outside, and back. */
interface Swap {
  readonly name: string
  /** What is moved away. */
  readonly path: string
  /** Where the link in its place leads. */
  readonly to: string
}

const swaps: Swap[] = [
  { name: 'the file', path: 'work/dir/file', to: '../../outside/file' },
  { name: 'its directory', path: 'work/dir', to: '../outside' },
  { name: 'the directory above', path: 'work', to: 'decoy' },
]

const acts: [string, (files: AgentFiles) => Promise<unknown>][] = [
  ['reading', (files) => files.readFile('dir/file')],
  ['listing', (files) => files.list('dir')],
  ['looking', (files) => files.stat('dir/file')],
  ['writing', (files) => files.writeFile('dir/file', 'written')],
  ['adding', (files) => files.writeFile('dir/file', 'written', { append: true })],
  ['making a file', (files) => files.writeFile('dir/new', 'written')],
  ['making a directory', (files) => files.makeDirectory('dir/made/deep')],
]

const tree = {
  'work/dir/file': 'inside',
  'outside/file': 'a secret that is longer',
  'outside/known': '',
  'decoy/dir/file': 'a secret that is longer',
  'decoy/dir/known': '',
}

/** Calls `before` ahead of each call, with how many there were. */
function stepping(before: (step: number) => Promise<void>): FileSystem {
  let step = 0
  return new Proxy(machineFiles, {
    get: (fs, name: keyof FileSystem) => {
      const call = fs[name] as (...args: unknown[]) => unknown
      return async (...args: unknown[]) => {
        await before(step++)
        return call(...args)
      }
    },
  })
}

const NEVER = -1

type Attempted = Awaited<ReturnType<typeof attempt>>

/** Acts once, the swap made before the step `from` and undone before the step `until`; how many steps there were. */
async function attempt(
  opening: Opening,
  act: (files: AgentFiles) => Promise<unknown>,
  swap: Swap,
  from: number,
  until: number,
) {
  await using directory = await tempDirectory(tree)
  const at = (path: string) => join(directory.path, path)
  let isSwapped = false
  const change = async () => {
    if (isSwapped) {
      await rename(at(swap.path), at('link'))
      await rename(at('aside'), at(swap.path))
    } else {
      await rename(at(swap.path), at('aside'))
      await symlink(swap.to, at(swap.path))
    }
    isSwapped = !isSwapped
  }
  let steps = 0
  const fs = stepping(async (step) => {
    steps = step + 1
    if (step === from || step === until) await change()
  })
  const root = at('work')
  const { permit } = permitted({ 'fs.read': [`${root}/**`], 'fs.write': [`${root}/**`] })
  const outcome = await act(filesOf({ permit, fsRoot: root, fs, opening })).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  const outside = await Promise.all(
    ['outside', 'decoy/dir'].map(async (path) => ({
      names: (await readdir(at(path))).sort(),
      file: await readFile(at(`${path}/file`), 'utf8'),
    })),
  )
  return { outcome, outside, steps }
}

const untouched = { names: ['file', 'known'], file: 'a secret that is longer' }

/** What a swap may make of an operation: it is denied, or the system finds something else than it looked for. */
function isRefused(error: unknown): boolean {
  return (
    isArcpError(error, 'PERMISSION_DENIED') ||
    /^(ENOENT|ELOOP|ENOTDIR|EEXIST)$/.test((error as { code: string }).code)
  )
}

/** Every way in which one swap, and its undoing, can come between the steps. */
async function everyMoment(
  opening: Opening,
  act: (files: AgentFiles) => Promise<unknown>,
  swap: Swap,
  check: (tried: Attempted, moment: string) => void,
) {
  const undisturbed = await attempt(opening, act, swap, NEVER, NEVER)
  expect(undisturbed.outcome).toHaveProperty('value')
  for (let from = 0; from < undisturbed.steps; from++) {
    for (let until = from + 1; until <= undisturbed.steps; until++) {
      const tried = await attempt(opening, act, swap, from, until)
      check(tried, `swapped before step ${from}, undone before step ${until} of ${tried.steps}`)
    }
  }
}

describe.each(swaps)('R-AUT-3 $name, swapped for a link at any step', (swap) => {
  describe.skipIf(process.platform !== 'linux')('on Linux', () => {
    it.each(acts)('never lets %s get outside', async (_, act) => {
      let refused = 0
      await everyMoment(openAnchored, act, swap, ({ outcome, outside }, moment) => {
        expect(outside, moment).toEqual([untouched, untouched])
        if ('value' in outcome)
          expect(JSON.stringify(outcome.value) ?? '', moment).not.toMatch(/secret|known|:23/)
        else expect(isRefused(outcome.error), `${moment}: ${outcome.error}`).toBe(true)
        if ('error' in outcome) refused++
      })
      if (swap.path !== 'work/dir/file') expect(refused).toBeGreaterThan(0)
    })
  })

  // Listing goes by name there, so that names may be seen.
  it.each(acts.filter(([name]) => name !== 'listing'))(
    'elsewhere lets %s neither read nor change what is outside',
    async (_, act) => {
      await everyMoment(openCompared, act, swap, ({ outcome, outside }, moment) => {
        for (const { file } of outside) expect(file, moment).toBe(untouched.file)
        if ('value' in outcome)
          expect(JSON.stringify(outcome.value) ?? '', moment).not.toMatch(/secret|known|:23/)
        else expect(isRefused(outcome.error), `${moment}: ${outcome.error}`).toBe(true)
      })
    },
  )
})
