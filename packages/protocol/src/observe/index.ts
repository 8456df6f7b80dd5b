export type { Logger } from './logger'
export type { Observation, ObservedJob, Observer } from './observation'
