import type { JobCompleted, JobResultChunk } from '@arcp/protocol'
import { limitReached, violation } from '../failures'
import { type AssemblerLimits, ResultAssembler } from './result-assembler'
import { bytesOf, type ResultPart } from './result-parts'

/** How a job ended: with a value, put together when it is asked for, or with an error. */
type Outcome =
  | { readonly ok: true; readonly value: () => unknown; readonly inline: boolean }
  | { readonly ok: false; readonly error: unknown }

/** What a job comes to. It is taken once, as a promise or as a stream; until then it is held. */
export class JobResult {
  readonly #assembler: ResultAssembler
  readonly #limit: number
  #outcome: Outcome | undefined
  #promise: Promise<unknown> | undefined
  #stream: ReadableStream<Uint8Array> | undefined
  #tell: (outcome: Outcome) => void = () => {}

  constructor(limits: AssemblerLimits) {
    this.#assembler = new ResultAssembler(limits)
    this.#limit = limits.resultBytes
  }

  /** Takes a chunk; one that does not fit ends the result with an error. */
  chunk(body: JobResultChunk): void {
    if (this.#outcome) return
    try {
      this.#assembler.add(body)
    } catch (error) {
      this.fail(error)
    }
  }

  complete(body: JobCompleted): void {
    if (this.#outcome) return
    if (body.result_id === undefined) this.#completeInline(body)
    else this.#completeChunked(body)
  }

  /** Ends the result with an error; nothing rejects unless someone asked for it. */
  fail(error: unknown): void {
    if (this.#outcome) return
    this.#assembler.release()
    this.#end({ ok: false, error })
  }

  /** The result as a promise, the same one each time. */
  promise(): Promise<unknown> {
    if (this.#stream) return Promise.reject(new TypeError('the result of this job was taken as a stream'))
    this.#promise ??= new Promise((resolve, reject) => {
      this.#whenEnded((outcome) => {
        if (!outcome.ok) return reject(outcome.error)
        try {
          resolve(outcome.value())
        } catch (error) {
          reject(error)
        }
      })
    })
    return this.#promise
  }

  /** The result as a stream of its bytes. @throws TypeError when it has been taken already */
  stream(): ReadableStream<Uint8Array> {
    if (this.#promise || this.#stream) throw new TypeError('the result of this job has been taken already')
    let open = true
    this.#stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#assembler.handOn((part) => open && this.#enqueue(controller, part))
          this.#whenEnded((outcome) => {
            if (!open) return
            if (!outcome.ok) return controller.error(outcome.error)
            if (outcome.inline) controller.enqueue(bytesOf(JSON.stringify(outcome.value()) ?? 'null'))
            controller.close()
          })
        },
        cancel: () => {
          open = false
        },
      },
      { highWaterMark: 0, size: (bytes) => bytes.length },
    )
    return this.#stream
  }

  #enqueue(controller: ReadableStreamDefaultController<Uint8Array>, part: ResultPart): void {
    const bytes = bytesOf(part)
    const waiting = -(controller.desiredSize ?? 0)
    if (waiting + bytes.length > this.#limit) {
      const message = `the result came faster than it was read: more than ${this.#limit} bytes waited`
      throw limitReached(message, 'result_unread', this.#limit)
    }
    if (bytes.length > 0) controller.enqueue(bytes)
  }

  #completeInline({ result }: JobCompleted): void {
    if (this.#assembler.begun) {
      this.fail(violation('the job completed with a result beside its chunks', 'invalid_result'))
    } else this.#end({ ok: true, inline: true, value: () => result })
  }

  #completeChunked(body: JobCompleted): void {
    try {
      this.#assembler.complete(body)
      const value = () => this.#assembler.assemble(body.result_format)
      this.#end({ ok: true, inline: false, value })
    } catch (error) {
      this.fail(error)
    }
  }

  #end(outcome: Outcome): void {
    this.#outcome = outcome
    this.#tell(outcome)
  }

  #whenEnded(told: (outcome: Outcome) => void): void {
    if (this.#outcome) told(this.#outcome)
    else this.#tell = told
  }
}
