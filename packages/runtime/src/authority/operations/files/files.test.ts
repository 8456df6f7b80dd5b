import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, readFile, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { filesOf } from '../../../testing/files-of'
import { permitted } from '../../../testing/permitted'
import { tempDirectory } from '../../../testing/temp-directory'
import { machineFiles } from './file-system'
import { openAnchored } from './open-anchored'
import { openCompared } from './open-compared'
import type { Opening } from './opening'

const openings: [string, Opening][] = [['compared', openCompared]]
if (process.platform === 'linux') openings.push(['anchored', openAnchored])

const tree = {
  'work/a.txt': 'aä',
  'work/sub/b.txt': 'b',
  'work/private/c.txt': 'c',
  'work-b/d.txt': 'd',
  'secret.txt': 'secret',
}

const denied = { code: 'PERMISSION_DENIED' }
const invalid = { code: 'INVALID_REQUEST' }

describe.each(openings)('files, what was opened %s', (_, opening) => {
  /** A job at work in a directory; it may read all of it but `private`, and write into `sub` and `new`. */
  async function job() {
    const directory = await tempDirectory(tree)
    const root = join(directory.path, 'work')
    const lease = {
      'fs.read': ['', '/*', '/sub/**', '/new/**'].map((end) => `${root}${end}`),
      'fs.write': [`${root}/sub/**`, `${root}/new/**`, `${root}/out.txt`],
    }
    const allowed = permitted(lease)
    const files = filesOf({ permit: allowed.permit, fsRoot: root, fs: machineFiles, opening })
    return {
      ...allowed,
      allowed,
      files,
      root,
      outside: directory.path,
      [Symbol.asyncDispose]: directory[Symbol.asyncDispose],
    }
  }

  it('are read as text, as bytes, and piece by piece', async () => {
    await using it = await job()
    const { files, root, events } = it
    expect(await files.readFile('a.txt')).toBe('aä')
    expect(await files.readFile(`${root}/a.txt`)).toBe('aä')
    expect([...(await files.readBytes('sub/b.txt'))]).toEqual([98])
    await files.writeFile('sub/large', new Uint8Array(150_000).fill(7))
    const pieces: Uint8Array[] = []
    for await (const piece of files.readPieces('sub/large')) pieces.push(piece)
    expect(pieces.map(({ length }) => length)).toEqual([65_536, 65_536, 18_928])
    expect(Buffer.concat(pieces).every((byte) => byte === 7)).toBe(true)
    expect(events).toEqual([])
  })

  it('are written, replaced, and added to', async () => {
    await using it = await job()
    const { files, root } = it
    await files.writeFile('sub/new.txt', 'a longer text')
    await files.writeFile('sub/new.txt', 'short')
    await files.writeFile('sub/new.txt', new TextEncoder().encode('er'), { append: true })
    expect(await readFile(join(root, 'sub/new.txt'), 'utf8')).toBe('shorter')
    await expect(files.writeFile('sub/none/new.txt', '')).rejects.toMatchObject({ code: 'ENOENT' })
    await files.makeDirectory('sub/none/deep')
    await files.makeDirectory('sub/none/deep')
    await files.writeFile('sub/none/deep/new.txt', 'x')
    expect(await files.readFile('sub/none/deep/new.txt')).toBe('x')
    await expect(files.makeDirectory('sub/b.txt')).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(files.makeDirectory('sub/b.txt/x')).rejects.toMatchObject({ code: 'ENOTDIR' })
  })

  it.each([undefined, null, 5, ['x'], new ArrayBuffer(1)])(
    'are left as they are by data like %j',
    async (data) => {
      await using it = await job()
      const { files } = it
      await expect(files.writeFile('sub/b.txt', data as never)).rejects.toMatchObject(invalid)
      expect(await files.readFile('sub/b.txt')).toBe('b')
    },
  )

  it('are listed by name, and described', async () => {
    await using it = await job()
    const { files, root } = it
    await symlink('a.txt', join(root, 'link'))
    expect(await files.list('.')).toEqual([
      { name: 'a.txt', type: 'file' },
      { name: 'link', type: 'link' },
      { name: 'private', type: 'directory' },
      { name: 'sub', type: 'directory' },
    ])
    expect(await files.stat('link')).toEqual({ type: 'file', size: 3, modifiedAt: expect.any(Number) })
    expect(await files.stat('sub/')).toMatchObject({ type: 'directory' })
    await expect(files.list('a.txt')).rejects.toMatchObject({ code: 'ENOTDIR', path: 'a.txt' })
    await expect(files.stat('none')).rejects.toMatchObject({
      code: 'ENOENT',
      message: expect.stringMatching(/^ENOENT: .* 'none'$/),
    })
  })

  it('have limits: bytes of a file, entries of a directory', async () => {
    await using it = await job()
    const { files } = it
    expect(await files.readFile('a.txt', { maxBytes: 3 })).toBe('aä')
    await expect(files.readFile('a.txt', { maxBytes: 2 })).rejects.toMatchObject(invalid)
    expect(await files.list('.', { maxEntries: 3 })).toHaveLength(3)
    await expect(files.list('.', { maxEntries: 2 })).rejects.toMatchObject(invalid)
    const largest = new Uint8Array(16 * 1024 * 1024)
    await files.writeFile('sub/large', largest)
    expect(await files.readBytes('sub/large')).toHaveLength(largest.length)
    await files.writeFile('sub/large', 'x', { append: true })
    await expect(files.readBytes('sub/large')).rejects.toMatchObject({ details: { limit: largest.length } })
  })

  it('R-AUT-3 are denied outside the lease, by whatever way they are named', async () => {
    await using it = await job()
    const { files, root, outside, decisions } = it
    await symlink(outside, join(root, 'up'))
    await symlink('../../secret.txt', join(root, 'sub/secret'))
    await symlink(join(root, 'sub/secret'), join(root, 'sub/twice'))
    await symlink('/proc/self/root', join(root, 'sub/all'))
    const names = [
      '../secret.txt',
      'sub/../../secret.txt',
      `${root}/../secret.txt`,
      'up/secret.txt',
      'sub/secret',
      'sub/twice',
      `sub/all${outside}/secret.txt`,
      `/proc/self/root${outside}/secret.txt`,
      '../work-b/d.txt',
      'private/c.txt',
      'A.TXT/../private/c.txt',
    ]
    for (const name of names) {
      await expect(files.readFile(name), name).rejects.toMatchObject({ ...denied, details: { target: name } })
      await expect(files.stat(name), name).rejects.toMatchObject(denied)
      await expect(files.list(name), name).rejects.toMatchObject(denied)
      await expect(files.writeFile(name, 'x'), name).rejects.toMatchObject(denied)
      await expect(files.makeDirectory(name), name).rejects.toMatchObject(denied)
    }
    await expect(files.list('..')).rejects.toMatchObject(denied)
    await expect(files.list('up')).rejects.toMatchObject(denied)
    expect(decisions.every(([, , code]) => code === 'PERMISSION_DENIED')).toBe(true)
    expect(await readFile(join(outside, 'secret.txt'), 'utf8')).toBe('secret')
  })

  it('R-AUT-3 are not made outside the lease, nor what would be above them', async () => {
    await using it = await job()
    const { files, root, outside } = it
    await symlink(outside, join(root, 'sub/up'))
    await symlink(join(outside, 'made'), join(root, 'sub/dangling'))
    await expect(files.writeFile('sub/up/made', 'x')).rejects.toMatchObject(denied)
    await expect(files.makeDirectory('sub/up/made/deep')).rejects.toMatchObject(denied)
    await expect(files.writeFile('sub/dangling', 'x')).rejects.toMatchObject(denied)
    await expect(files.makeDirectory('sub/dangling')).rejects.toMatchObject(denied)
    await expect(files.writeFile('a.txt', 'x')).rejects.toMatchObject(denied)
    expect(existsSync(join(outside, 'made'))).toBe(false)
    await files.writeFile('out.txt', 'x')
    await files.makeDirectory('new/a')
    expect(await files.stat('new/a')).toMatchObject({ type: 'directory' })
  })

  it('do not tell whether there is something outside the lease, or where a link leads', async () => {
    await using it = await job()
    const { files, root, outside, events } = it
    await symlink(join(outside, 'none'), join(root, 'dangling'))
    await symlink(join(outside, 'secret.txt'), join(root, 'link'))
    const errorOf = (name: string) => files.readFile(name).catch((error: unknown) => String(error))
    const none = String(await errorOf('../none')).replaceAll('none', '…')
    expect(String(await errorOf('../secret.txt')).replaceAll('secret.txt', '…')).toBe(none)
    await expect(files.stat('dangling')).rejects.toMatchObject(denied)
    await errorOf('link')
    expect(JSON.stringify(events.slice(-2))).not.toContain(outside)
    expect(events.slice(-2)).toEqual([
      { type: 'job.tool_call', body: { call_id: 'call_4', tool: 'fs.read', args: { target: 'link' } } },
      {
        type: 'job.tool_result',
        body: {
          call_id: 'call_4',
          error: {
            code: 'PERMISSION_DENIED',
            message: 'the lease does not grant fs.read for "link"',
            retryable: false,
            details: { namespace: 'fs.read', target: 'link' },
          },
        },
      },
    ])
  })

  it.each(['', 'a\0b', 'a.txt\0', undefined, 5, {}])('have names that are texts: not %j', async (name) => {
    await using it = await job()
    const { files, decisions } = it
    const path = name as string
    await expect(files.readFile(path)).rejects.toMatchObject(invalid)
    await expect(files.writeFile(path, 'x')).rejects.toMatchObject(invalid)
    await expect(files.list(path)).rejects.toMatchObject(invalid)
    expect(decisions.map(([namespace, , code]) => [namespace, code])).toEqual([
      ['fs.read', 'INVALID_REQUEST'],
      ['fs.write', 'INVALID_REQUEST'],
      ['fs.read', 'INVALID_REQUEST'],
    ])
  })

  it('of which cannot be told where they lead are denied: names too long, links to themselves', async () => {
    await using it = await job()
    const { files, root } = it
    await symlink('loop', join(root, 'sub/loop'))
    for (const name of ['sub/loop', `sub/${'n'.repeat(300)}`, 'sub/'.repeat(100_000)]) {
      await expect(files.readFile(name)).rejects.toMatchObject(denied)
      await expect(files.writeFile(name, 'x')).rejects.toMatchObject(denied)
    }
  })

  it('that are none are neither read nor written nor waited for: directories, pipes, sockets', async () => {
    await using it = await job()
    const { files, root } = it
    execFileSync('sh', ['-c', 'mkfifo "$1"', '_', join(root, 'sub/pipe')])
    const server = createServer().listen(join(root, 'sub/socket'))
    await expect(files.readFile('sub')).rejects.toMatchObject(invalid)
    await expect(files.readFile('sub/pipe')).rejects.toMatchObject(invalid)
    await expect(files.writeFile('sub', '')).rejects.toMatchObject({ code: 'EISDIR' })
    await expect(files.writeFile('sub/pipe', '')).rejects.toMatchObject({ code: 'ENXIO' })
    await expect(files.readFile('sub/socket')).rejects.toMatchObject({ code: 'ENXIO' })
    await expect(files.writeFile('sub/socket', '')).rejects.toMatchObject({ code: 'ENXIO' })
    expect(await files.list('sub')).toContainEqual({ name: 'pipe', type: 'other' })
    server.close()
  })

  it('of another case are other files, where the system says so', async () => {
    await using it = await job()
    const { files, root } = it
    if (existsSync(join(root, 'A.TXT'))) return
    await expect(files.readFile('A.TXT')).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(files.readFile('SUB/b.txt')).rejects.toMatchObject(denied)
  })

  it('need an absolute name where the runtime has no root', async () => {
    await using it = await job()
    const { permit, root } = it
    const files = filesOf({ permit, fsRoot: undefined, fs: machineFiles, opening })
    await expect(files.readFile('a.txt')).rejects.toMatchObject(invalid)
    expect(await files.readFile(`${root}/a.txt`)).toBe('aä')
  })

  it('are out of reach once the job has ended, also those that are being read', async () => {
    await using it = await job()
    const { files, end, events } = it
    const pieces = files.readPieces('a.txt')[Symbol.asyncIterator]()
    await pieces.next()
    end()
    await expect(pieces.next()).rejects.toMatchObject(denied)
    await expect(files.readFile('a.txt')).rejects.toMatchObject(denied)
    await expect(files.stat('a.txt')).rejects.toMatchObject(denied)
    expect(events).toEqual([])
  })

  it('are out of reach when the money is spent, whatever is wrong with their names', async () => {
    await using it = await job()
    const { allowed, files, events, decisions, root } = it
    await symlink('loop', join(root, 'sub/loop'))
    allowed.exhausted = 'USD'
    const exhausted = { code: 'BUDGET_EXHAUSTED' }
    await expect(files.readFile('a.txt')).rejects.toMatchObject(exhausted)
    expect(events).toMatchObject([{}, { body: { error: exhausted } }])
    for (const name of ['sub/loop', '../secret.txt', '', 'a\0']) {
      await expect(files.readFile(name)).rejects.toMatchObject(exhausted)
      await expect(files.makeDirectory(name)).rejects.toMatchObject(exhausted)
    }
    expect(decisions.map(([, , code]) => code)).toEqual(Array(9).fill('BUDGET_EXHAUSTED'))
  })

  it('go on being read when the money is spent meanwhile', async () => {
    await using it = await job()
    const { allowed, files } = it
    const pieces = files.readPieces('a.txt')[Symbol.asyncIterator]()
    expect((await pieces.next()).done).toBe(false)
    allowed.exhausted = 'USD'
    expect((await pieces.next()).done).toBe(true)
  })

  it('the system refuses are refused in its words', async () => {
    await using it = await job()
    const { files, root } = it
    if (process.getuid?.() === 0) return
    await chmod(join(root, 'a.txt'), 0)
    await expect(files.readFile('a.txt')).rejects.toMatchObject({ code: 'EACCES' })
    expect(await files.stat('a.txt')).toMatchObject({ size: 3 })
  })
})
