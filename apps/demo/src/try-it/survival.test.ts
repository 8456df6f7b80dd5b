import { existsSync } from 'node:fs'
import { connect } from '@arcp/client'
import { webSocket } from '@arcp/transport-ws'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { openCable } from '../testing/cable'
import { type DemoServer, startDemoServer } from '../testing/demo-server'
import { stage } from '../testing/stage'
import { CHROMIUM, state, submit, text, visit } from '../testing/visitor'

/** What Chromium complains of while nobody answers. */
const UNREACHABLE = /^WebSocket connection to \S+ failed: /

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

describe.skipIf(!existsSync(CHROMIUM)).concurrent('the try-it page', { timeout: 40_000 }, () => {
  const on = stage()

  test('a page whose connection is cut comes back by itself, and its job misses nothing', async () => {
    await using cable = await openCable(on.server.page)
    await using page = await visit(on.browser, cable.url, UNREACHABLE)
    await state(page, 'connection', 'connected')
    await submit(page, 'count', { to: 400, delayMs: 15 })
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
    await expectCounted(page, 400)
  })

  test('a page that was offline comes back when it is online, and its job misses nothing', async () => {
    await using cable = await openCable(on.server.page)
    await using page = await visit(on.browser, cable.url, UNREACHABLE)
    await state(page, 'connection', 'connected')
    await submit(page, 'count', { to: 200, delayMs: 20 })
    await progress(page, 20)
    const told = await listen(page)
    // Chromium holds back what goes over open WebSockets while it is offline, even that they end.
    await setOffline(page, true)
    cable.cut()
    await happened(on.server, await text(page, 'job-id'), 150)
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
    await using cable = await openCable(on.server.page)
    await using page = await visit(on.browser, cable.url, UNREACHABLE)
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
    await using page = await visit(on.browser, stopping.page, UNREACHABLE)
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
    await using page = await visit(on.browser, dying.page, UNREACHABLE)
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
    await using page = await visit(on.browser, dying.page, UNREACHABLE)
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
})
