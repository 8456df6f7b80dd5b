import type { ServeOptions } from './commands'
import { Fail } from './terminal/fail'

/** Serves the agents and the try-it page until it is stopped. */
export async function serve(_options: ServeOptions): Promise<void> {
  throw new Fail('serving is not written yet')
}
