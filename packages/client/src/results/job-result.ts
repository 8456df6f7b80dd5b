import type { JobCompleted, JobResultChunk } from '@arcp/protocol'
import { limitReached, violation } from '../failures'
import { type AssemblerLimits, ResultAssembler } from './result-assembler'
import { bytesOf, type ResultPart } from './result-parts'

/** How a job ended. */
interface Outcome {
  /** The value, put together when it is asked for. @throws what ended the job instead */
  readonly value: () => unknown
  /** Whether its bytes have gone through the stream, if there is one. */
  readonly chunked: boolean
}

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
    this.#step(() => this.#assembler.add(body))
  }

  complete(body: JobCompleted): void {
    this.#step(() => {
      const assembler = this.#assembler
      const chunked = body.result_id !== undefined
      if (chunked) assembler.complete(body)
      else if (assembler.begun) throw violation('a result beside its chunks', 'invalid_result')
      const value = () => (chunked ? assembler.assemble(body.result_format) : body.result)
      this.#end({ chunked, value })
    })
  }

  /** Ends the result with an error; nothing rejects unless someone asked for it. */
  fail(error: unknown): void {
    if (this.#outcome) return
    this.#assembler.release()
    const value = () => {
      throw error
    }
    this.#end({ chunked: false, value })
  }

  /** The result as a promise, the same one each time. */
  promise(): Promise<unknown> {
    if (this.#stream) return Promise.reject(taken())
    this.#promise ??= new Promise<Outcome>((resolve) => this.#whenEnded(resolve)).then(({ value }) => value())
    return this.#promise
  }

  /** The result as a stream of its bytes. @throws TypeError when it has been taken already */
  stream(): ReadableStream<Uint8Array> {
    if (this.#promise || this.#stream) throw taken()
    let open = true
    this.#stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#assembler.handOn((part) => open && this.#enqueue(controller, part))
          this.#whenEnded(({ chunked, value }) => {
            if (!open) return
            try {
              if (!chunked) controller.enqueue(bytesOf(JSON.stringify(value()) ?? 'null'))
              controller.close()
            } catch (error) {
              controller.error(error)
            }
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
      throw limitReached(this.#limit, 'bytes unread', 'result_unread')
    }
    if (bytes.length > 0) controller.enqueue(bytes)
  }

  /** What `work` throws ends the result. */
  #step(work: () => void): void {
    if (this.#outcome) return
    try {
      work()
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

function taken(): TypeError {
  return new TypeError('the result has been taken already')
}
