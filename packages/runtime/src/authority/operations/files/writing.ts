import { constants } from 'node:fs'
import { InvalidRequestError } from '@arcp/protocol'
import { expectFile } from './expect-file'
import { SAFE_FLAGS } from './opening'
import type { Reach } from './reach'

// What is there is cut only once it is open and known.
const WRITE_FLAGS = constants.O_WRONLY | constants.O_CREAT | SAFE_FLAGS

/** Makes a file, or replaces what is in it, or adds to its end. */
export async function write(
  reach: Reach,
  path: string,
  data: string | Uint8Array,
  append: boolean,
): Promise<void> {
  if (typeof data !== 'string' && !(data instanceof Uint8Array)) {
    throw new InvalidRequestError('data: expected a text or bytes')
  }
  const flags = append ? WRITE_FLAGS | constants.O_APPEND : WRITE_FLAGS
  const { handle } = await reach.open('fs.write', path, flags)
  try {
    await expectFile(handle, path)
    if (!append) await handle.truncate(0)
    await handle.writeFile(data)
  } finally {
    await handle.close()
  }
}
