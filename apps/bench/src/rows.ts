import type { Row } from './row'
import { events } from './rows/events'
import { fairness } from './rows/fairness'
import { jobs } from './rows/jobs'
import { latency } from './rows/latency'
import { memory } from './rows/memory'
import { observers } from './rows/observers'
import { replay } from './rows/replay'
import { size } from './rows/size'
import { stream } from './rows/stream'

/** The table, in its order. */
export const rows: readonly Row[] = [events, observers, stream, jobs, latency, memory, replay, fairness, size]
