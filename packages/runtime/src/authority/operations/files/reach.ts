import { dirname } from 'node:path'
import { isArcpError } from '@arcp/protocol'
import type { Operation } from '../../guard'
import { slashed } from '../../real-path'
import type { Permit } from '../permit'
import { absolutePath } from './absolute-path'
import type { FileSystem } from './file-system'
import { systemCode } from './named-failure'
import type { Deny, Opened, Opening } from './opening'

/** What a {@link Reach} needs. */
export interface ReachParts {
  readonly permit: Permit
  /** What relative paths count from; without it there are none. */
  readonly fsRoot: string | undefined
  readonly fs: FileSystem
  readonly opening: Opening
}

/** Something that a job has opened. */
export interface Reached extends Opened {
  /**
   * To be called before more of it is used.
   *
   * @throws LEASE_EXPIRED; PERMISSION_DENIED once the job has ended
   */
  checkLasting(): Promise<void>
}

/** How a job gets hold of files: by name, and as far as its lease goes. */
export class Reach {
  readonly #parts: ReachParts

  constructor(parts: ReachParts) {
    this.#parts = parts
  }

  /** Asks for what a path leads to, and touches nothing. */
  async check(namespace: string, path: string): Promise<Required<Operation>> {
    const operation = await this.#operationOn(namespace, path)
    await this.#parts.permit.check(operation)
    return operation
  }

  /** Opens what a path leads to; whoever asked closes it. */
  async open(namespace: string, path: string, flags: number): Promise<Reached> {
    const { permit, fs, opening } = this.#parts
    const operation = await this.check(namespace, path)
    const opened = await opening.open(fs, operation.target, flags, this.#denyChanged(operation))
    return { ...opened, checkLasting: () => permit.checkLasting(operation) }
  }

  /** Takes hold of what a path leads to only to look at it. */
  look(namespace: string, path: string): Promise<Reached> {
    return this.open(namespace, path, this.#parts.opening.lookFlags)
  }

  /** Makes a directory, and those above it that are missing, each if the lease covers it. */
  async makeDirectory(path: string): Promise<void> {
    await this.#makeDirectory(await this.#operationOn('fs.write', path))
  }

  async #makeDirectory(operation: Required<Operation>): Promise<void> {
    const { permit, fs, opening } = this.#parts
    const { target, named } = operation
    const make = () => opening.makeDirectory(fs, target, this.#denyChanged(operation))
    await permit.check(operation)
    try {
      await make()
    } catch (error) {
      const code = systemCode(error)
      if (code === 'EEXIST' && (await fs.lstat(target)).isDirectory()) return
      if (code !== 'ENOENT') throw error
      await this.#makeDirectory({ ...operation, target: dirname(target), named: dirname(named) })
      await make()
    }
  }

  async #operationOn(namespace: string, path: string): Promise<Required<Operation>> {
    const { permit, fs, fsRoot } = this.#parts
    const named = typeof path === 'string' ? path : ''
    let target = named
    try {
      const absolute = absolutePath(path, fsRoot)
      target = slashed(absolute)
      return { namespace, target: await fs.realPathOf(absolute), named }
    } catch (error) {
      return permit.refuse({ namespace, target, named }, isArcpError(error) ? error : unknownEnd(named))
    }
  }

  #denyChanged(operation: Required<Operation>): Deny {
    const why = `${operation.named} was replaced while it was opened`
    return () => this.#parts.permit.refuse(operation, why)
  }
}

/** Why it leads nowhere would tell of what lies outside the lease. */
function unknownEnd(named: string): string {
  return `where ${JSON.stringify(named.slice(0, 256))} leads cannot be told`
}
