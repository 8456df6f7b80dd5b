import type { JobCompleted, JobResultChunk } from '@arcp/protocol'
import { violation } from '../failures'
import type { ClientLimits } from '../limits'
import { type AssemblerLimits, ResultAssembler } from './result-assembler'
import { utf8 } from './result-parts'

/** The limits of what a {@link JobResult} holds. */
export type ResultLimits = AssemblerLimits & Pick<ClientLimits, 'unreadBytes'>

/** How a job ended. */
interface Outcome {
  /** The value, put together when it is asked for. @throws what ended the job instead */
  readonly value: () => unknown
  /** Whether it came in chunks. */
  readonly chunked: boolean
}

/** What a job comes to. It is taken once, as a promise or as a stream; until then it is held. */
export class JobResult {
  readonly #assembler: ResultAssembler
  readonly #limits: ResultLimits
  readonly #eased: () => void
  #outcome: Outcome | undefined
  #promise: Promise<unknown> | undefined
  #stream: ReadableStream<Uint8Array> | undefined
  /** Whoever reads the stream and waits for its next bytes. */
  #sink: ReadableStreamDefaultController<Uint8Array> | undefined
  #cancelled = false
  #tell: (outcome: Outcome) => void = () => {}

  /** @param eased called when there may be room again */
  constructor(limits: ResultLimits, eased: () => void) {
    this.#assembler = new ResultAssembler(limits)
    this.#limits = limits
    this.#eased = eased
  }

  /** How many bytes have come in chunks. */
  get bytes(): number {
    return this.#assembler.bytes
  }

  /** How much of its limit waits to be read from the stream, 1 being all of it; 0 where there is no stream. */
  get load(): number {
    return this.#stream ? this.#assembler.held.bytes / this.#limits.unreadBytes : 0
  }

  /** Takes a chunk; one that does not fit ends the result with an error. */
  chunk(body: JobResultChunk): void {
    this.#step(() => {
      this.#assembler.add(body)
      if (this.#cancelled) this.#assembler.release()
      this.#flow()
    })
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
    if (!this.#stream) this.#assembler.release()
    this.#end({
      chunked: false,
      value: () => {
        throw error
      },
    })
  }

  /** The result as a promise, the same one each time. */
  promise(): Promise<unknown> {
    this.#promise ??= new Promise<Outcome>((resolve) => {
      if (this.#stream) throw taken()
      this.#tell = resolve
      if (this.#outcome) resolve(this.#outcome)
    }).then(({ value }) => value())
    return this.#promise
  }

  /** The result as a stream of its bytes. @throws TypeError when it has been taken already */
  stream(): ReadableStream<Uint8Array> {
    if (this.#promise || this.#stream) throw taken()
    this.#assembler.finish()
    this.#stream = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          this.#sink = controller
          this.#flow()
        },
        cancel: () => {
          this.#cancelled = true
          this.#sink = undefined
          this.#assembler.release()
          this.#eased()
        },
      },
      { highWaterMark: 0 },
    )
    return this.#stream
  }

  /** Gives whoever waits what has come: the next bytes, or, after the last, how the job ended. */
  #flow(): void {
    const sink = this.#sink
    if (!sink) return
    const bytes = this.#assembler.held.shift()
    if (bytes) {
      this.#sink = undefined
      sink.enqueue(bytes)
      this.#eased()
    } else if (this.#outcome) {
      const { chunked, value } = this.#outcome
      this.#sink = undefined
      try {
        if (!chunked) sink.enqueue(utf8(JSON.stringify(value()) ?? 'null'))
        sink.close()
      } catch (error) {
        sink.error(error)
      }
    }
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
    this.#flow()
  }
}

function taken(): TypeError {
  return new TypeError('the result has been taken already')
}
