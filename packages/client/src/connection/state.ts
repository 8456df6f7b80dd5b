import { Listeners } from '../listeners'

/**
 * Whether a client can be used: `connected`; `reconnecting`, when what is asked for waits until it has come back; and
 * `closed`, for good.
 */
export type ClientState = 'connected' | 'reconnecting' | 'closed'

/** Holds a client's state and tells of its changes. */
export class StateKeeper extends Listeners<ClientState> {
  /** Changed by {@link become} alone. */
  current: ClientState = 'closed'

  become(state: ClientState): void {
    if (state === this.current) return
    this.current = state
    this.tell(state)
  }
}
