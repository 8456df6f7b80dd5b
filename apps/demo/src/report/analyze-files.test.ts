import { expect, test } from 'vitest'
import { analyzeFiles } from './analyze-files'
import type { ReadFile } from './read-file'

const text: ReadFile = async function* (path) {
  yield Buffer.from(path)
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

test('files come in the order of their paths, however long each read takes', async () => {
  const paths = ['a', 'bb', 'ccc', 'dddd']
  const waiting = new Map(paths.map((path) => [path, deferred()]))
  const read: ReadFile = async function* (path) {
    await waiting.get(path)?.promise
    yield Buffer.from(path)
  }
  const files = collect(analyzeFiles(paths, { read }))
  for (const path of paths.toReversed()) waiting.get(path)?.resolve()
  expect((await files).map((file) => [file.path, 'facts' in file && file.facts.bytes])).toEqual([
    ['a', 1],
    ['bb', 2],
    ['ccc', 3],
    ['dddd', 4],
  ])
})

test('no more files are open at a time than allowed', async () => {
  let open = 0
  let most = 0
  const read: ReadFile = async function* (path) {
    open++
    most = Math.max(most, open)
    await Promise.resolve()
    yield Buffer.from(path)
    open--
  }
  const paths = Array.from({ length: 50 }, (_, i) => String(i))
  expect(await collect(analyzeFiles(paths, { read, concurrency: 3 }))).toHaveLength(50)
  expect(most).toBe(3)
})

test('a file that cannot be read yields its error and harms no other', async () => {
  const failure = new Error('EACCES')
  const read: ReadFile = (path) => {
    if (path === 'b') throw failure
    return text(path)
  }
  const files = await collect(analyzeFiles(['a', 'b', 'c'], { read }))
  expect(files.map((file) => ('error' in file ? file.error : file.facts.bytes))).toEqual([1, failure, 1])
})

test('leaving the loop early ends the reads ahead', async () => {
  let open = 0
  const read: ReadFile = async function* () {
    open++
    try {
      for (;;) yield Buffer.from(open === 1 ? '' : 'x')
    } finally {
      open--
    }
  }
  const first: ReadFile = (path) => (path === 'first' ? text(path) : read(path))
  for await (const file of analyzeFiles(['first', 'b', 'c'], { read: first, concurrency: 3 })) {
    expect(file.path).toBe('first')
    expect(open).toBe(2)
    break
  }
  expect(open).toBe(0)
})

test('an aborted signal is thrown out of the loop', async () => {
  const controller = new AbortController()
  const seen: string[] = []
  const work = async () => {
    for await (const file of analyzeFiles(['a', 'b', 'c'], { read: text, signal: controller.signal })) {
      seen.push(file.path)
      controller.abort(new Error('stop'))
    }
  }
  await expect(work()).rejects.toThrow('stop')
  expect(seen).toEqual(['a'])
})

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
