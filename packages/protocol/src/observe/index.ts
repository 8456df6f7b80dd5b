export type { Logger } from './logger'
export type {
  Observation,
  ObservedJob,
  ObservedOperation,
  ObservedSubmit,
  Observer,
  SubmitObserver,
} from './observation'
