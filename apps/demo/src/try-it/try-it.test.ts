import { existsSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { stage } from '../testing/stage'
import { CHROMIUM, state, submit, text, visit } from '../testing/visitor'

const eventTypes = (page: Page) =>
  page.$$eval('#events li', (lines) => lines.map((line) => (line as HTMLElement).dataset.type))

describe.skipIf(!existsSync(CHROMIUM))('the try-it page in Chromium', () => {
  const on = stage()

  test('it connects by itself and offers the agents of the runtime, each with an example', async () => {
    await using page = await visit(on.browser, on.server.page)
    await state(page, 'connection', 'connected')
    expect(await text(page, 'connection')).toMatch(/^Connected to arcp-demo /)
    expect((await page.locator('#agent option').allTextContents()).toSorted()).toEqual([
      'ask@1.0.0',
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
    await using page = await visit(on.browser, on.server.page)
    await state(page, 'connection', 'connected')
    await submit(page, 'count', { to: 1000, delayMs: 50 })
    await state(page, 'job-state', 'running')
    expect(await page.isDisabled('#submit')).toBe(true)
    await page.waitForFunction(() => (document.querySelector('progress')?.value ?? 0) >= 2)
    const [value, told] = await page.evaluate(() => [
      document.querySelector('progress')?.value,
      document.getElementById('progress-text')?.textContent,
    ])
    expect(told).toBe(`${value} / 1000`)
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
    await using page = await visit(on.browser, on.server.page)
    await state(page, 'connection', 'connected')
    await submit(page, 'report', { dir: 'apps/demo/public' })
    await state(page, 'job-state', 'completed')
    await page.waitForFunction(() =>
      document.querySelector('#result')?.textContent?.includes('How it is counted'),
    )
    expect(await text(page, 'result')).toMatch(/^# Report on `public`\n/)
  })

  test('however many events come, the list keeps the latest', async () => {
    await using page = await visit(on.browser, on.server.page)
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
    await using page = await visit(on.browser, on.server.page)
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
    await using page = await visit(on.browser, on.server.page)
    await state(page, 'connection', 'connected')
    await submit(page, 'count', { to: 'three' })
    await state(page, 'job-state', 'refused')
    expect(await text(page, 'job-problem')).toMatch(/^INVALID_REQUEST: input\.to/)

    await page.fill('#input', '{"to": 1}')
    await page.fill('#lease', '{"net.fetch": ["http://localhost/**"]}')
    await page.click('#submit')
    await page.waitForFunction(() =>
      document.querySelector('#job-problem')?.textContent?.startsWith('PERMISSION'),
    )
  })

  test('a wrong token is told, and a right one connects', async () => {
    await using page = await visit(on.browser, on.server.page)
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

  test('everything is reached by keyboard and has a name', async () => {
    await using page = await visit(on.browser, on.server.page)
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
