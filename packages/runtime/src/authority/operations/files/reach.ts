import { dirname } from 'node:path'
import { slashed } from '../../real-path'
import type { Operation, Permit } from '../permit'
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

/** How a job gets hold of files: by name, and as far as its lease goes. */
export class Reach {
  readonly #parts: ReachParts

  constructor(parts: ReachParts) {
    this.#parts = parts
  }

  /** Asks for what a path leads to, and touches nothing. */
  async check(namespace: string, path: string): Promise<Operation> {
    const operation = await this.#operationOn(namespace, path)
    await this.#parts.permit.check(operation)
    return operation
  }

  /** Opens what a path leads to; whoever asked closes it. */
  async open(namespace: string, path: string, flags: number): Promise<Opened> {
    const { fs, opening } = this.#parts
    const operation = await this.check(namespace, path)
    return opening.open(fs, operation.target, flags, this.#denyChanged(operation))
  }

  /** Takes hold of what a path leads to only to look at it. */
  look(namespace: string, path: string): Promise<Opened> {
    return this.open(namespace, path, this.#parts.opening.lookFlags)
  }

  /** Makes a directory, and those above it that are missing, each if the lease covers it. */
  async makeDirectory(path: string): Promise<void> {
    await this.#makeDirectory(await this.#operationOn('fs.write', path))
  }

  async #makeDirectory(operation: Operation): Promise<void> {
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

  async #operationOn(namespace: string, path: string): Promise<Operation> {
    const { permit, fs, fsRoot } = this.#parts
    const absolute = absolutePath(path, fsRoot)
    try {
      return { namespace, target: await fs.realPathOf(absolute), named: path }
    } catch {
      // Why it leads nowhere would tell of what lies outside the lease.
      const operation = { namespace, target: slashed(absolute), named: path }
      return permit.refuse(operation, `where ${JSON.stringify(path.slice(0, 256))} leads cannot be told`)
    }
  }

  #denyChanged(operation: Operation): Deny {
    const why = `${operation.named} was replaced while it was opened`
    return () => this.#parts.permit.refuse(operation, why)
  }
}
