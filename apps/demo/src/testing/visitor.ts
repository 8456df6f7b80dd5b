import { type Browser, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'

/** Where Debian puts Chromium. Elsewhere what needs it is reported as not run. */
export const CHROMIUM = '/usr/bin/chromium'

/** Starts Chromium. */
export function launch(): Promise<Browser> {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath: CHROMIUM, args: sandbox })
}

/**
 * A page as a visitor opens it. Disposing closes it, and expects that it had nothing to complain about, but for what
 * it `may`.
 */
export async function visit(browser: Browser, url: string, may?: RegExp): Promise<Page & AsyncDisposable> {
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

/** Resolves when the page shows this state of its connection or its job. */
export const state = (page: Page, of: 'connection' | 'job-state', expected: string) =>
  page.waitForSelector(`#${of}[data-state="${expected}"]`)

/** What an element of the page says. */
export const text = (page: Page, id: string) => page.locator(`#${id}`).textContent()

/** Submits a job by the form. */
export async function submit(page: Page, agent: string, input?: unknown): Promise<void> {
  await page.selectOption('#agent', agent)
  if (input !== undefined) await page.fill('#input', JSON.stringify(input))
  await page.click('#submit')
}
