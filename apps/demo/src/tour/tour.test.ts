import { expect, test } from 'vitest'
import { createTerminal } from '../terminal/terminal'
import { createPipe } from '../testing/screen'
import { tempTree } from '../testing/temp-tree'
import { ownTemporaryFiles } from '../testing/temporary-files'
import { runTour } from './tour'

ownTemporaryFiles()

/** A whole tour takes its time, on a machine that has other things to do above all. */
const patience = { timeout: 90_000 }

test.concurrent('the chapters are told in order, and the tour ends by itself', patience, async () => {
  await using tree = await tempTree({ 'a.txt': 'one\ntwo\n' })
  const pipe = createPipe()
  const out = createTerminal(pipe.stream, {})
  await runTour({ dir: tree.path, out, signal: new AbortController().signal })
  const lines = pipe.text().split('\n')
  const headings = lines.filter((_, i) => lines[i - 1] === '' && lines[i] !== '')
  expect(headings).toEqual([
    'A client and a runtime',
    'A job that does real work',
    'A job that outlives its connections',
    'A job that is cancelled half-way',
    'A job that is refused',
    'A job that may not read what it was sent for',
    'A job that runs out of money',
    'A job that runs out of time',
    'A job that shares out its work and its money',
    'Jobs that wait their turn',
    'A job that is submitted twice',
    'A list of jobs',
    '✔ The tour is over. To try it yourself: pnpm demo serve',
  ])
  expect(lines).toContain('✔ They ended in the order they came: 1, 2, 3.')
  const listed = lines.slice(lines.indexOf('A list of jobs') + 1).filter((line) => line.startsWith('  '))
  expect(lines.find((line) => line.endsWith('the runtime lists 10.'))).toContain(`${listed.length} jobs`)
  expect(listed.filter((line) => line.endsWith('  completed'))).toHaveLength(10)
})

test.concurrent(
  'with a trace, it ends with one of everything: chapters, submits, jobs, agents and what they do',
  patience,
  async () => {
    await using tree = await tempTree({ 'a.txt': 'one\ntwo\n' })
    const pipe = createPipe()
    const out = createTerminal(pipe.stream, {})
    await runTour({ dir: tree.path, trace: true, out, signal: new AbortController().signal })
    const [, shown = ''] = pipe.text().split('\nWhat it looked like from inside\n')
    expect(shown.match(/^trace [0-9a-f]{32}$/gm)).toHaveLength(1)
    const names = shown.split('\n').map((line) => line.replace(/ {2}[\d.]+ m?s.*$/, ''))
    const from = (name: string) => names.slice(names.findIndex((line) => line.endsWith(name)))
    expect(from('─ survive').slice(0, 11)).toEqual([
      '   ├─ survive',
      '   │  └─ submit lines',
      '   │     └─ job lines',
      ...Array(3)
        .fill(['   │        │ · arcp.session.parked', '   │        │ · arcp.session.resumed'])
        .flat(),
      '   │        ├─ arcp.job.started',
      '   │        └─ invoke_agent lines',
    ])
    expect(from('─ budget').slice(5, 9)).toEqual([
      ...Array(3).fill('   │           ├─ authorize_model demo-model'),
      '   │           └─ authorize_model demo-model',
    ])
    const shared = from('─ delegate')
    expect(shared.slice(0, 9)).toEqual([
      '   ├─ delegate',
      '   │  └─ submit research',
      '   │     └─ job research',
      '   │        ├─ arcp.job.started',
      '   │        └─ invoke_agent research',
      '   │           ├─ delegate ask',
      '   │           │  └─ job ask',
      '   │           │     ├─ arcp.job.started',
      '   │           │     └─ invoke_agent ask',
    ])
    const archived = shared.indexOf('   │           └─ submit archive')
    expect(shared.slice(archived + 1, archived + 4)).toEqual([
      '   │              └─ job archive',
      '   │                 ├─ arcp.job.started',
      '   │                 └─ invoke_agent archive',
    ])
    expect(shown).toMatch(/submit report {2}[\d.]+ ms {2}PERMISSION_DENIED\n/)
  },
)

test.concurrent.each(['report: completed', 'reconnecting', 'count: 25 %'])(
  'interrupted at "%s", the tour ends with the reason of its signal',
  patience,
  async (moment) => {
    await using tree = await tempTree({ 'a.txt': 'one\n' })
    const interrupted = new AbortController()
    const reason = new Error('stopped')
    const pipe = createPipe()
    const terminal = createTerminal(pipe.stream, {})
    const watch = <Args extends unknown[]>(show: (...args: Args) => void) => {
      return (...args: Args) => {
        show(...args)
        if (pipe.text().includes(moment)) interrupted.abort(reason)
      }
    }
    const out = {
      ...terminal,
      line: watch(terminal.line),
      progress(label: string, total?: number) {
        const { update, end } = terminal.progress(label, total)
        return { update: watch(update), end: watch(end) }
      },
    }
    await expect(runTour({ dir: tree.path, out, signal: interrupted.signal })).rejects.toBe(reason)
    expect(pipe.text()).not.toContain('The tour is over')
  },
)
