import type { Mutant } from './mutant'

/** Jobs: whose they are, when they run, and how long they are kept. */
export const JOB_MUTANTS: readonly Mutant[] = [
  {
    what: 'a terminal that is appended twice',
    module: 'jobs/emitter',
    part: 'Emitter.finish',
    instead(call, args, self) {
      self.append?.(...args)
      call(...args)
    },
  },
  {
    what: 'ownership that does not move',
    module: 'jobs/job-table',
    part: 'JobTable.giveTo',
    instead(call, args) {
      const [{ owner }, to] = args as readonly [{ readonly owner?: string }, string | undefined]
      return owner !== undefined && to !== undefined && owner !== to ? undefined : call(...args)
    },
  },
  {
    what: 'a key that makes a job each time',
    module: 'jobs/idempotency',
    part: 'IdempotencyIndex.once',
    instead: async (_, args) => ({ job: await (args[3] as () => Promise<unknown>)(), repeated: false }),
  },
  {
    what: 'a job that anyone may know of',
    module: 'jobs/scope',
    part: 'sees',
    instead: () => true,
  },
  {
    what: 'a queue that lets everybody run at once',
    module: 'scheduling/job-queue',
    part: 'JobQueue.enter',
    instead: () => ({ position: 0, onTurn: (run: () => void) => run(), leave() {} }),
  },
  {
    what: 'a queue that serves all principals as one',
    module: 'scheduling/job-queue',
    part: 'JobQueue.enter',
    instead: (call, [job]) => call({ ...(job as object), principal: 'all' }),
  },
  {
    what: 'a queue that knows no agents',
    module: 'scheduling/job-queue',
    part: 'JobQueue.enter',
    instead: (call, [job]) => call({ ...(job as object), agent: {} }),
  },
  {
    what: 'a queue that tells wrong places',
    module: 'scheduling/job-queue',
    part: 'JobQueue.enter',
    instead(call, args) {
      const place = call(...args) as { readonly position: number }
      return place.position > 1 ? { ...place, position: 1 } : place
    },
  },
  {
    what: 'a place that is not given back',
    module: 'scheduling/job-queue',
    part: 'JobQueue.enter',
    instead: (call, args) => ({ ...(call(...args) as object), leave() {} }),
  },
  {
    what: 'a key that is forgotten with its job',
    module: 'jobs/ended-jobs',
    part: 'EndedJobs.keep',
    instead: () => {},
  },
]
