import type { FileHandle } from 'node:fs/promises'
import { InvalidRequestError } from '@arcp/protocol'

/** @throws INVALID_REQUEST for a directory, a pipe, a device */
export async function expectFile(handle: FileHandle, path: string): Promise<void> {
  if (!(await handle.stat()).isFile()) throw new InvalidRequestError(`${path}: expected a file`)
}
