// Connecting

export type { Client } from './client'
export { connect } from './connect'
export type { ClientState } from './connection/state'
export { type ClientLimits, DEFAULT_LIMITS } from './limits'
export type { ConnectOptions } from './options'

// Jobs

export type { Job } from './jobs/job'
export type { SubmitOptions } from './requests/submit-options'
export type { SubscribeOptions } from './requests/subscribe'
