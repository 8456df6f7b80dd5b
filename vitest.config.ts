import { defineConfig } from 'vitest/config'

const packed = 'apps/e2e/src/packed/**/*.test.ts'
const mutants = 'apps/e2e/src/schedules/mutants.test.ts'
const interop = 'apps/e2e/src/interop/**/*.test.ts'

/** Beside Vitest's own, one that holds docs/conformance.md to its word, and one that says what was left out. */
const reporters = [
  'default',
  './apps/e2e/src/conformance/reporter.ts',
  './apps/e2e/src/interop/not-run.reporter.ts',
]

/** Where a machine that reads results wants them, if anywhere. */
const report = process.env.TEST_REPORT

export default defineConfig({
  // Workspace packages are read from their sources, so that no test of theirs needs a build. Others are resolved as Node
  // does: what some have for the condition `module` are files that only bundlers can read.
  ssr: { resolve: { conditions: ['@arcp/source', 'node', 'development|production'] } },
  test: {
    reporters: report ? [...reporters, ['json', { outputFile: report }]] : reporters,
    maxWorkers: '100%',
    testTimeout: 20_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'source',
          // Nothing here keeps state in modules, so files share them: half the time. What a test stubs it puts back.
          isolate: false,
          include: ['{packages,apps}/*/src/**/*.test.ts', 'scripts/*.test.ts'],
          exclude: [packed, mutants, interop],
        },
      },
      // It breaks modules on purpose, which nobody else should meet.
      { extends: true, test: { name: 'mutants', include: [mutants] } },
      {
        // With SDKs of others, which are fetched first: `pnpm test:interop`.
        extends: true,
        test: {
          name: 'interop',
          include: [interop],
          globalSetup: 'apps/e2e/src/interop/venv.setup.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // What users install: `dist` packed into tarballs once, before the first of these files runs.
        extends: true,
        test: {
          name: 'packed',
          include: [packed],
          globalSetup: 'apps/e2e/src/packed/tarballs.setup.ts',
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
