import type { Reporter, TestModule, Vitest } from 'vitest/node'
import { read } from '../docs/repository'
import { type Outcome, type Outcomes, unproven } from './proofs'
import { readTable } from './table'

/**
 * Fails a run of tests when docs/conformance.md calls something done and the test it names for it did not run and
 * pass. A run of some files is held to what it names of those files, one of some tests to nothing.
 */
export default class ConformanceReporter implements Reporter {
  #vitest!: Vitest

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  async onTestRunEnd(modules: readonly TestModule[], _errors: unknown, reason: string): Promise<void> {
    const { config, logger } = this.#vitest
    if (reason === 'interrupted' || this.#vitest.getGlobalTestNamePattern()) return
    const everything = await this.#vitest.globTestSpecifications()
    const whole = config.project.every((name) => name.startsWith('!'))
    const complete = whole && modules.length >= everything.length
    const complaints = unproven(readTable(read('docs/conformance.md')), outcomesOf(modules), complete)
    if (complaints.length === 0) return
    logger.error(['docs/conformance.md names tests that did not run and pass:', ...complaints].join('\n  '))
    process.exitCode = 1
  }
}

function outcomesOf(modules: readonly TestModule[]): Outcomes {
  return new Map(
    modules.map((module) => {
      const tests = new Map<string, Outcome>()
      for (const test of module.children.allTests()) {
        // Of several tests of a name each has to pass.
        if ((tests.get(test.name) ?? 'passed') === 'passed') tests.set(test.name, test.result().state)
      }
      return [module.relativeModuleId, tests]
    }),
  )
}
