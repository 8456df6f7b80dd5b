import type { CompatLimits } from '../options'
import { SharedMemory } from './shared-memory'
import type { Translator } from './translator'

/** The sessions of one dialer with runtimes of the public draft, and what is known beyond them. */
export class Sessions {
  readonly shared: SharedMemory
  readonly #limit: number
  readonly #translators = new Map<string, Translator>()

  constructor(limits: CompatLimits) {
    this.shared = new SharedMemory(limits)
    this.#limit = limits.sessions
  }

  get(sessionId: string | undefined): Translator | undefined {
    return sessionId === undefined ? undefined : this.#translators.get(sessionId)
  }

  /** Remembers a session, to be resumed. Beyond the limit the oldest is lost. */
  add(sessionId: string, translator: Translator): void {
    this.#translators.set(sessionId, translator)
    const [oldest] = this.#translators.keys()
    if (this.#translators.size > this.#limit) this.lose(oldest as string)
  }

  /** A session will not be resumed. Of its jobs those can be followed anew whose events are all still there. */
  lose(sessionId: string): void {
    const memory = this.#translators.get(sessionId)?.memory
    this.#translators.delete(sessionId)
    if (!memory) return
    const forgets = memory.dialect === 'python' || memory.dialect === 'older-python'
    for (const { id, firstNumber } of memory.jobs.all()) {
      const released = firstNumber > 0 && firstNumber <= memory.numbers.acknowledged
      if (forgets || released) this.shared.putOutOfReach(id)
    }
  }
}
