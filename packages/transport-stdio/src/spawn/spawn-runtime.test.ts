import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConnectionError } from '@arcp/protocol'
import { record, TestClock } from '@arcp/testkit'
import { describe, expect, it } from 'vitest'
import { type SpawnRuntimeOptions, spawnRuntime } from '../index'
import { written } from '../testing/written'

const node = process.execPath
const never = new AbortController().signal

/** Starts `script` as a child; its stderr is dropped unless the options say otherwise. */
async function start(script: string, options: SpawnRuntimeOptions = {}) {
  const transport = await spawnRuntime(node, ['-e', script], { stderr: 'ignore', ...options }).open(never)
  return { transport, told: record(transport) }
}

function failureOf(
  command: string,
  args: string[] = [],
  options: SpawnRuntimeOptions = {},
): Promise<unknown> {
  return spawnRuntime(command, args, options)
    .open(never)
    .catch((error: unknown) => error)
}

describe('starting a child', () => {
  it('names the program that is not there, and what may help', async () => {
    const error = await failureOf('no-such-runtime', ['serve', '--token', 'secret'])
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error).toMatchObject({
      message:
        'cannot start no-such-runtime serve: there is no such program (ENOENT); is it installed, spelled right, and on the PATH?',
      cause: { code: 'ENOENT' },
    })
  })

  it('says where arguments belong when they are in the name of the program', async () => {
    expect(await failureOf('node server.js')).toMatchObject({
      message:
        'cannot start node server.js: there is no such program (ENOENT); arguments belong into the second parameter, as an array',
    })
  })

  it('says that the working directory is what is missing', async () => {
    expect(await failureOf(node, [], { cwd: '/no/such/directory' })).toMatchObject({
      message: `cannot start ${node}: its working directory /no/such/directory does not exist (ENOENT)`,
    })
  })

  it('says that a file may not be executed', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'arcp-stdio-'))
    const file = join(directory, 'server.js')
    await writeFile(file, '')
    await chmod(file, 0o600)
    expect(await failureOf(file)).toMatchObject({
      message: `cannot start ${file}: it may not be executed (EACCES); make it executable, or start it by its interpreter, as in node FILE`,
    })
    await rm(directory, { recursive: true })
  })

  it('says why the platform refuses a program', async () => {
    expect(await failureOf(node, ['nul\0'])).toMatchObject({
      name: 'ConnectionError',
      message: expect.stringContaining('null bytes'),
    })
  })

  it('rejects an empty name as a mistake of the caller', () => {
    expect(() => spawnRuntime('')).toThrow(TypeError)
  })

  it('says over what it speaks, for those whose peers read no more than a line takes there', () => {
    expect(spawnRuntime(node).transport).toBe('stdio')
  })

  it('refuses an option there is none of', () => {
    const misspelt = { closeTimeout: 1 } as object
    expect(() => spawnRuntime('node', [], misspelt)).toThrow(new TypeError('there is no option closeTimeout'))
  })

  it('rejects with the reason of the signal, whether it aborts before or meanwhile', async () => {
    const reason = new Error('enough')
    const dialer = spawnRuntime(node, ['-e', 'setInterval(() => {}, 1000)'])
    await expect(dialer.open(AbortSignal.abort(reason))).rejects.toBe(reason)
    const controller = new AbortController()
    const opening = dialer.open(controller.signal)
    controller.abort(reason)
    await expect(opening).rejects.toBe(reason)
  })

  it('starts a child of its own for each attempt, with the arguments, directory and environment given', async () => {
    const script = `const { argv, cwd, env, pid } = process
      console.log(JSON.stringify({ told: [argv[1], cwd(), env, pid] }))`
    const options = { cwd: '/', env: { GIVEN: 'é' } }
    const dialer = spawnRuntime(node, ['-e', script, 'x y'], options)
    const [one, other] = [record(await dialer.open(never)), record(await dialer.open(never))]
    await Promise.all([one.closed, other.closed])
    const [[arg, cwd, env, pid], [, , , otherPid]] = [one, other].map(
      ({ frames }) => JSON.parse(frames[0] ?? '').told,
    )
    expect([arg, cwd, env]).toEqual(['x y', '/', { GIVEN: 'é' }])
    expect(pid).not.toBe(otherPid)
  })
})

describe('what a child says', () => {
  it('is frames by the line: in pieces, several at once, with CRLF, blank lines between', async () => {
    const { told } = await start(`
      const say = (text) => new Promise((resolve) => process.stdout.write(text, resolve))
      const euro = Buffer.from('{"text":"€"}\\r\\n\\n{"b":2}\\n{"c":3}\\n{"half":')
      say(euro.subarray(0, 10)).then(() => say(euro.subarray(10)))`)
    await told.closed
    expect(told.frames).toEqual(['{"text":"€"}', '{"b":2}', '{"c":3}'])
  })

  it('is no frame where it is no JSON object: that goes where its stderr goes, whole lines or not', async () => {
    const stderr = written()
    const { told } = await start(
      `process.stdout.write('> server@1.0.0 start\\n{"a":1}\\nnull\\n[1]\\n  {"b":2}\\n\\xff the rest')`,
      { stderr: stderr.take },
    )
    await told.closed
    expect(told.frames).toEqual(['{"a":1}', '  {"b":2}'])
    expect(stderr.text).toBe('> server@1.0.0 start\nnull\n[1]\n\xff the rest\n')
  })

  it('closes with 1007 where it is no UTF-8', async () => {
    const { told } = await start(
      `process.stdin.resume(); process.stdout.write(Buffer.from('{}\\n{"a":"\\xff"}\\n{}\\n', 'latin1'))`,
    )
    expect(await told.closed).toEqual({ code: 1007, reason: 'frames are UTF-8' })
    expect(told.frames).toEqual(['{}'])
  })

  it('closes with 1009 where a line has no end, and the child is ended, also one that will not', async () => {
    const clock = new TestClock()
    const stderr = written()
    const { told } = await start(
      `const fill = () => { while (process.stdout.write('{'.repeat(65536))); process.stdout.once('drain', fill) }
       process.on('SIGTERM', () => process.stderr.write('never\\n'))
       process.stdin.resume().on('end', () => process.stderr.write('so what\\n'))
       fill()`,
      { clock, stderr: stderr.take, maxFrameBytes: 1024 * 1024 },
    )
    await stderr.until('so what')
    clock.advance(5_000)
    await stderr.until('never')
    clock.advance(2_000)
    expect(await told.closed).toEqual({ code: 1009, reason: 'frame too large' })
    expect(told.frames).toEqual([])
    expect(clock.timers).toBe(0)
  })
})

describe('what a child is told', () => {
  it('waits while it does not read, and is dropped with it', async () => {
    const clock = new TestClock()
    const { transport, told } = await start(`setInterval(() => {}, 1000); console.log('{}')`, { clock })
    await told.until(() => told.frames.length === 1)
    const frame = JSON.stringify({ fill: 'x'.repeat(1024 * 1024) })
    transport.send([frame, frame])
    expect(transport.bufferedBytes).toBe(2 * (frame.length + 1))
    transport.close(1000, 'enough')
    clock.advance(5_000)
    expect(await told.closed).toEqual({ code: 1000, reason: 'enough' })
    expect(told.drains).toBe(0)
  })

  it('may find that it has closed its stdin, which ends it and harms nobody', async () => {
    const clock = new TestClock()
    const { transport, told } = await start(
      `require('node:fs').closeSync(0); setInterval(() => {}, 1000); console.log('{}')`,
      { clock },
    )
    await told.until(() => told.frames.length === 1)
    transport.send(['{"first":1}'])
    await expect.poll(() => clock.timers).toBe(1)
    transport.send(['{"second":2}'])
    clock.advance(5_000)
    expect(await told.closed).toEqual({
      code: 1006,
      reason: `${node} was ended by SIGTERM and wrote nothing to stderr`,
    })
  })
})

describe('the end of a child', () => {
  it.each([
    ['process.exit(3)', 1006, 'exited with code 3'],
    ['process.exit(0)', 1000, 'exited with code 0'],
    [`process.kill(process.pid, 'SIGKILL')`, 1006, 'was ended by SIGKILL'],
  ])('is told with how it ended: %s', async (script, code, how) => {
    const { told } = await start(script)
    expect(await told.closed).toEqual({ code, reason: `${node} ${how} and wrote nothing to stderr` })
  })

  it('is told with the last it said, 20 lines of at most 4,096 characters', async () => {
    const { told } = await start(
      `for (let i = 1; i <= 1000; i++) console.error('line ' + i)
       console.log('no frame')
       process.exitCode = 1`,
    )
    const { reason } = await told.closed
    const [first, ...lines] = reason.split('\n')
    expect(first).toBe(`${node} exited with code 1; the last it wrote to stderr:`)
    expect(lines).toHaveLength(20)
    expect(lines.filter((line) => line.startsWith('line '))).toContain('line 1000')

    const { told: chatty } = await start(`process.stderr.write('x'.repeat(1e6)); process.exitCode = 1`)
    expect((await chatty.closed).reason.split('\n').slice(1)).toEqual(['x'.repeat(4_096)])
  })

  it('comes by itself when the connection is closed', async () => {
    const { transport, told } = await start(`process.stdin.resume()`)
    transport.close(1000, 'bye')
    expect(await told.closed).toEqual({ code: 1000, reason: 'bye' })
  })

  it('comes at once on 1006, whatever the child does', async () => {
    const clock = new TestClock()
    const { transport, told } = await start(
      `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('{}')`,
      { clock },
    )
    await told.until(() => told.frames.length === 1)
    transport.close(1006)
    expect((await told.closed).code).toBe(1006)
  })

  it('is not held up by a child of its own that keeps its pipes open', async () => {
    const clock = new TestClock()
    const stderr = written()
    const { told } = await start(
      `const { spawn } = require('node:child_process')
       const left = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })
       left.on('spawn', () => process.stderr.write('left ' + left.pid + ' behind', () => process.exit(1)))`,
      { clock, stderr: stderr.take },
    )
    await expect.poll(() => clock.timers).toBe(1)
    await stderr.until('behind')
    clock.advance(1_000)
    expect(await told.closed).toEqual({
      code: 1006,
      reason: `${node} exited with code 1; the last it wrote to stderr:\n${stderr.text}`,
    })
    process.kill(Number(/\d+/.exec(stderr.text)))
  })
})
