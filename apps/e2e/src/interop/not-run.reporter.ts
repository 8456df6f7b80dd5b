import type { Reporter, Vitest } from 'vitest/node'

/** Says so at the end of a run that leaves out the tests with SDKs of others. */
export default class NotRunReporter implements Reporter {
  #vitest!: Vitest

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  onTestRunEnd(): void {
    const { config, logger } = this.#vitest
    if (config.project.includes('!interop')) {
      logger.log(
        'Not run: the tests with the SDK for Python. `pnpm test:interop` runs them; it needs Python and PyPI.',
      )
    }
  }
}
