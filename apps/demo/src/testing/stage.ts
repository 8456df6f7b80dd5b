import type { Browser } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { type DemoServer, startDemoServer } from './demo-server'
import { launch } from './visitor'

/** What tests of the page share. */
export interface Stage {
  browser: Browser
  server: DemoServer
}

/** Starts Chromium and the demo for the group of tests it is called in, and ends both behind them. */
export function stage(): Stage {
  const started = {} as Stage
  beforeAll(async () => {
    started.browser = await launch()
    started.server = await startDemoServer()
  })
  afterAll(async () => {
    await started.browser?.close()
    await started.server?.stop()
  })
  return started
}
