import { existsSync } from 'node:fs'
import { connect } from '@arcp/client'
import { webSocket } from '@arcp/transport-ws'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCable } from '../testing/cable'
import { type DemoServer, startDemoServer } from '../testing/demo-server'

/** Where Debian puts it. Elsewhere these tests are reported as not run. */
const CHROMIUM = '/usr/bin/chromium'

/** What Chromium complains of while nobody answers. */
const UNREACHABLE = /^WebSocket connection to \S+ failed: /

/**
 * A page as a visitor opens it. Disposing closes it, and expects that it had nothing to complain about, but for what
 * it `may`.
 */
async function visit(browser: Browser, url: string, may?: RegExp): Promise<Page & AsyncDisposable> {
  const context = await browser.newContext()
  const page = await context.newPage()
  // Before the test's own time is up, so that what was waited for is told.
  page.setDefaultTimeout(25_000)
  const complaints: string[] = []
  const hosts = new Set<string>()
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('request', (request) => hosts.add(new URL(request.url()).host))
  await page.goto(url)
  return Object.assign(page, {
    [Symbol.asyncDispose]: async () => {
      await context.close()
      expect(complaints.filter((complaint) => !may?.test(complaint))).toEqual([])
      expect([...hosts]).toEqual([new URL(url).host])
    },
  })
}

const state = (page: Page, of: 'connection' | 'job-state', expected: string) =>
  page.waitForSelector(`#${of}[data-state="${expected}"]`)

const text = (page: Page, id: string) => page.locator(`#${id}`).textContent()

async function submit(page: Page, agent: string, input?: unknown): Promise<void> {
  await page.selectOption('#agent', agent)
  if (input !== undefined) await page.fill('#input', JSON.stringify(input))
  await page.click('#submit')
}

/** Writes down what the page says of its connection from now on, however briefly; the function resolves with it. */
async function listen(page: Page): Promise<() => Promise<string[]>> {
  const told = await page.evaluateHandle(() => {
    const texts: string[] = []
    const place = document.getElementById('connection') as HTMLElement
    new MutationObserver(() => texts.push(place.textContent ?? '')).observe(place, { childList: true })
    return texts
  })
  return () => told.jsonValue()
}

const eventTypes = (page: Page) =>
  page.$$eval('#events li', (lines) => lines.map((line) => (line as HTMLElement).dataset.type))

const progress = (page: Page, current: number) =>
  page.waitForFunction((least) => (document.querySelector('progress')?.value ?? 0) >= least, current)

/** Takes the page off the network, or back; resolves when it knows. */
async function setOffline(page: Page, offline: boolean): Promise<void> {
  await page.context().setOffline(offline)
  await page.waitForFunction((expected) => navigator.onLine === expected, !offline)
}

/** Resolves when a `count` has come so far, as one hears who follows it over another connection. */
async function happened(server: DemoServer, jobId: string | null, current: number): Promise<void> {
  await using client = await connect(webSocket(server.runtime), { token: 'demo-token' })
  const job = await client.subscribe(jobId ?? '', { afterSeq: 0 })
  for await (const event of job.events()) {
    if (event.type === 'job.progress' && event.current >= current) return
  }
}

/** Expects the whole story of a `count` on the page: each event once and in order, and the result. */
async function expectCounted(page: Page, to: number): Promise<void> {
  await state(page, 'job-state', 'completed')
  await page.waitForSelector('#events li[data-type="job.completed"]')
  const events = await page.$$eval('#events li', (lines) =>
    lines.map((line) => [
      Number((line as HTMLElement).dataset.seq),
      line.lastElementChild?.textContent ?? '',
    ]),
  )
  expect(events.map(([seq]) => seq)).toEqual(Array.from({ length: to + 3 }, (_, i) => i + 1))
  const counted = events.slice(2, -1).map(([, fields]) => JSON.parse(String(fields)))
  expect(counted).toEqual(Array.from({ length: to }, (_, i) => ({ current: i + 1, total: to })))
  expect(JSON.parse((await text(page, 'result')) ?? '')).toEqual({ counted: to })
  expect(await text(page, 'job-problem')).toBe('')
}

describe.skipIf(!existsSync(CHROMIUM))('the try-it page in Chromium', { timeout: 40_000 }, () => {
  let browser: Browser
  let server: DemoServer

  beforeAll(async () => {
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    browser = await chromium.launch({ executablePath: CHROMIUM, args: sandbox })
    server = await startDemoServer()
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  test('it connects by itself and offers the agents of the runtime, each with an example', async () => {
    await using page = await visit(browser, server.page)
    await state(page, 'connection', 'connected')
    expect(await text(page, 'connection')).toMatch(/^Connected to arcp-demo /)
    expect((await page.locator('#agent option').allTextContents()).toSorted()).toEqual([
      'count@1.0.0',
      'echo@1.0.0',
      'report@1.0.0',
    ])
    await page.selectOption('#agent', 'count')
    expect(JSON.parse(await page.inputValue('#input'))).toEqual({ to: 10, delayMs: 300 })
    await page.selectOption('#agent', 'report')
    expect(JSON.parse(await page.inputValue('#input'))).toEqual({ dir: '.' })
  })

  test('a job shows its progress, is cancelled, and another one follows with its result', async () => {
    await using page = await visit(browser, server.page)
    await state(page, 'connection', 'connected')
    await submit(page, 'count')
    await state(page, 'job-state', 'running')
    expect(await page.isDisabled('#submit')).toBe(true)
    await page.waitForFunction(() => document.querySelector('progress')?.value === 2)
    expect(await text(page, 'progress-text')).toBe('2 / 10')
    expect(await text(page, 'job-id')).toMatch(/^job_/)

    await page.click('#cancel')
    await state(page, 'job-state', 'cancelled')
    expect(await text(page, 'job-problem')).toBe('CANCELLED: the job was cancelled: cancelled on the page')
    await page.waitForSelector('#events li[data-type="job.cancelled"]')
    expect(await eventTypes(page)).not.toContain('job.completed')
    expect(await page.isDisabled('#cancel')).toBe(true)

    const input = { any: ['JSON', null, 1.5], 'x-acme': '<b>not markup</b>' }
    await submit(page, 'echo', input)
    await state(page, 'job-state', 'completed')
    await page.waitForSelector('#events li[data-type="job.completed"]')
    expect(JSON.parse((await text(page, 'result')) ?? '')).toEqual(input)
    expect(await eventTypes(page)).toEqual(['job.queued', 'job.started', 'job.completed'])
    expect(await text(page, 'events')).toMatch(/resume_token(?!.*arj_)/)
    expect(await text(page, 'job-problem')).toBe('')
  })

  test('a streamed result is shown whole', async () => {
    await using page = await visit(browser, server.page)
    await state(page, 'connection', 'connected')
    await submit(page, 'report', { dir: 'apps/demo/public' })
    await state(page, 'job-state', 'completed')
    await page.waitForFunction(() =>
      document.querySelector('#result')?.textContent?.includes('How it is counted'),
    )
    expect(await text(page, 'result')).toMatch(/^# Report on `public`\n/)
  })

  test('however many events come, the list keeps the latest', async () => {
    await using page = await visit(browser, server.page)
    await state(page, 'connection', 'connected')
    await submit(page, 'count', { to: 2000 })
    await page.waitForSelector('#events li[data-type="job.completed"]')
    const seqs = await page.$$eval('#events li', (lines) =>
      lines.map((line) => Number((line as HTMLElement).dataset.seq)),
    )
    expect(seqs).toEqual(Array.from({ length: 500 }, (_, i) => 2003 - 499 + i))
    expect(await text(page, 'progress-text')).toBe('2000 / 2000')
  })

  test('what the page can see is wrong is told beside its field, and nothing is submitted', async () => {
    await using page = await visit(browser, server.page)
    await state(page, 'connection', 'connected')
    await page.fill('#input', '{ nope')
    await page.fill('#lease', '{"tool.call": "all"}')
    await page.click('#submit')
    expect(await text(page, 'input-problem')).toContain('not JSON')
    expect(await text(page, 'lease-problem')).toContain('lists of patterns')
    expect(await page.getAttribute('#input', 'aria-invalid')).toBe('true')
    expect(await page.getAttribute('#job-state', 'data-state')).toBe('none')

    await page.fill('#lease', '')
    await submit(page, 'echo', 1)
    await state(page, 'job-state', 'completed')
    expect(await page.getAttribute('#input', 'aria-invalid')).toBeNull()
  })

  test('what the runtime refuses is told with its code', async () => {
    await using page = await visit(browser, server.page)
    await state(page, 'connection', 'connected')
    await submit(page, 'count', { to: 'three' })
    await state(page, 'job-state', 'refused')
    expect(await text(page, 'job-problem')).toMatch(/^INVALID_REQUEST: input\.to/)

    await page.fill('#input', '{"to": 1}')
    await page.fill('#lease', '{"model.use": ["*"]}')
    await page.click('#submit')
    await page.waitForFunction(() =>
      document.querySelector('#job-problem')?.textContent?.startsWith('PERMISSION'),
    )
  })

  test('a wrong token is told, and a right one connects', async () => {
    await using page = await visit(browser, server.page)
    await state(page, 'connection', 'connected')
    await page.fill('#token', 'wrong')
    await page.click('#connect')
    await state(page, 'connection', 'failed')
    expect(await text(page, 'connect-problem')).toMatch(/^UNAUTHENTICATED: /)
    expect(await page.isDisabled('#submit')).toBe(true)
    expect(await page.isDisabled('#agent')).toBe(true)

    await page.fill('#token', 'demo-token')
    await page.press('#token', 'Enter')
    await state(page, 'connection', 'connected')
    expect(await text(page, 'connect-problem')).toBe('')
    await submit(page, 'echo')
    await state(page, 'job-state', 'completed')
  })

  test('a page whose connection is cut comes back by itself, and its job misses nothing', async () => {
    await using cable = await openCable(server.page)
    await using page = await visit(browser, cable.url, UNREACHABLE)
    await state(page, 'connection', 'connected')
    await submit(page, 'count', { to: 300, delayMs: 10 })
    for (const current of [50, 150]) {
      await progress(page, current)
      cable.cut()
      await state(page, 'connection', 'reconnecting')
      expect(await text(page, 'connection')).toMatch(/^Reconnecting: the connection .*lost/)
      expect(await page.getAttribute('#job-state', 'data-state')).toBe('running')
      cable.mend()
      await state(page, 'connection', 'connected')
      expect(await text(page, 'connection')).toMatch(/^Connected again to arcp-demo /)
    }
    await expectCounted(page, 300)
  })

  test('a page that was offline comes back when it is online, and its job misses nothing', async () => {
    await using cable = await openCable(server.page)
    await using page = await visit(browser, cable.url, UNREACHABLE)
    await state(page, 'connection', 'connected')
    await submit(page, 'count', { to: 200, delayMs: 20 })
    await progress(page, 20)
    const told = await listen(page)
    // Chromium holds back what goes over open WebSockets while it is offline, even that they end.
    await setOffline(page, true)
    cable.cut()
    await happened(server, await text(page, 'job-id'), 150)
    expect(await page.locator('progress').evaluate((bar: HTMLProgressElement) => bar.value)).toBeLessThan(150)
    cable.mend()
    await setOffline(page, false)
    await expectCounted(page, 200)
    expect(await told()).toEqual([
      expect.stringMatching(/^Reconnecting: the connection .*lost/),
      expect.stringMatching(/^Connected again to arcp-demo /),
    ])
  })

  test('a connection that died without a word is noticed when the page is online again', async () => {
    await using cable = await openCable(server.page)
    await using page = await visit(browser, cable.url, UNREACHABLE)
    await state(page, 'connection', 'connected')
    await submit(page, 'count', { to: 200, delayMs: 20 })
    await progress(page, 20)
    const told = await listen(page)
    await setOffline(page, true)
    cable.silence()
    cable.mend()
    expect(await told()).toEqual([])
    await setOffline(page, false)
    await expectCounted(page, 200)
    expect(await told()).toEqual([
      'Reconnecting: the runtime fell silent',
      expect.stringMatching(/^Connected again to arcp-demo /),
    ])
  })

  test('a runtime that stops is told, and the page is back when it is started again', async () => {
    const stopping = await startDemoServer()
    await using page = await visit(browser, stopping.page, UNREACHABLE)
    await state(page, 'connection', 'connected')
    await submit(page, 'count', { to: 1000, delayMs: 50 })
    await state(page, 'job-state', 'running')
    expect(await stopping.stop()).toBe(0)
    await state(page, 'connection', 'reconnecting')
    expect(await text(page, 'connection')).toBe('Reconnecting: the runtime closed the session: shutdown')
    await state(page, 'job-state', 'failed')
    expect(await text(page, 'job-problem')).toMatch(/^INTERNAL_ERROR: /)

    await using started = await startDemoServer('--port', new URL(stopping.page).port)
    expect(started.page).toBe(stopping.page)
    await state(page, 'connection', 'connected')
    expect(await text(page, 'connection')).toMatch(/^Connected again, in a new session, to arcp-demo /)
    await submit(page, 'echo', 1)
    await state(page, 'job-state', 'completed')
  })

  test('a job that died with its runtime is shown as lost, once the runtime is back', async () => {
    const dying = await startDemoServer()
    await using page = await visit(browser, dying.page, UNREACHABLE)
    await state(page, 'connection', 'connected')
    await submit(page, 'count', { to: 1000, delayMs: 50 })
    await progress(page, 1)
    await dying.kill()
    await state(page, 'connection', 'reconnecting')
    expect(await page.getAttribute('#job-state', 'data-state')).toBe('running')

    await using _started = await startDemoServer('--port', new URL(dying.page).port)
    await state(page, 'connection', 'connected')
    await state(page, 'job-state', 'lost')
    expect(await text(page, 'job-problem')).toContain('The runtime no longer knows this job.')
    expect(await text(page, 'job-problem')).toContain('RESUME_WINDOW_EXPIRED')
    expect(await page.isDisabled('#cancel')).toBe(true)
    await submit(page, 'count', { to: 3 })
    await expectCounted(page, 3)
  })

  test('a token that no longer counts when the runtime is back ends the connection, and says so', async () => {
    const dying = await startDemoServer()
    await using page = await visit(browser, dying.page, UNREACHABLE)
    await state(page, 'connection', 'connected')
    await dying.kill()
    await using _started = await startDemoServer('--port', new URL(dying.page).port, '--token', 'other')
    await state(page, 'connection', 'closed')
    expect(await text(page, 'connection')).toContain('the token was refused')
    expect(await page.isDisabled('#submit')).toBe(true)
    await page.fill('#token', 'other')
    await page.click('#connect')
    await state(page, 'connection', 'connected')
  })

  test('everything is reached by keyboard and has a name', async () => {
    await using page = await visit(browser, server.page)
    await state(page, 'connection', 'connected')
    for (const name of ['Token', 'Agent', 'Input, as JSON', /^Lease request/]) {
      expect(await page.getByLabel(name).count()).toBe(1)
    }
    for (const name of ['Connect', 'Submit', 'Cancel the job']) {
      expect(await page.getByRole('button', { name, exact: true }).count()).toBe(1)
    }
    expect(await page.getByRole('progressbar', { name: 'Progress of the job' }).count()).toBe(1)
    await page.selectOption('#agent', 'echo')
    await page.press('#input', 'Control+Enter')
    await state(page, 'job-state', 'completed')
  })
})
