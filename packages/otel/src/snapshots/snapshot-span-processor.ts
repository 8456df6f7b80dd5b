import { type Random, systemRandom, systemTimers, type Timer, type Timers } from '@arcp/protocol'
import type { HrTime } from '@opentelemetry/api'
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { Attribute, Span } from '../names'
import { spanName } from '../short'

/** Options of {@link SnapshotSpanProcessor}. */
export interface SnapshotSpanProcessorOptions {
  /** What snapshots are exported by. It is not shut down: whoever made it does that. */
  readonly exporter: Pick<SpanExporter, 'export'>
  /** How often, in milliseconds; above 0. Default 10,000. */
  readonly intervalMs?: number
  /** Of how many spans; those that begin while there are as many are never told of. Default 1,000. */
  readonly maxSpans?: number
  /** Of which spans. Default: those that name a job and are its own or its agent's. */
  readonly select?: (span: ReadableSpan) => boolean
  /** How long an export may take before the next one, in milliseconds. Default 30,000. */
  readonly exportTimeoutMs?: number
  /** The source of time. Default: the machine's. */
  readonly clock?: Timers
  /** The source of chance. Default: the platform's cryptographic generator. */
  readonly random?: Random
}

/** A span that has not ended, and how often that was told. */
interface RunningSpan {
  readonly span: ReadableSpan
  snapshots: number
}

/**
 * Tells of spans that have not ended: on an interval, each is exported as it stands, as a child of itself that ends now.
 * Only one export is under way at a time; while it is, or where it failed, nothing is told, and nothing waits.
 */
export class SnapshotSpanProcessor implements SpanProcessor {
  readonly #options: Required<SnapshotSpanProcessorOptions>
  readonly #running = new Map<string, RunningSpan>()
  #timer: Timer | undefined
  #busySince: number | undefined
  #exports = 0

  /** @throws TypeError for an interval, a time-out or a number of spans that is not above 0 */
  constructor(options: SnapshotSpanProcessorOptions) {
    this.#options = {
      intervalMs: 10_000,
      maxSpans: 1_000,
      select: isOfJob,
      exportTimeoutMs: 30_000,
      clock: systemTimers,
      random: systemRandom,
      ...options,
    }
    for (const option of ['intervalMs', 'maxSpans', 'exportTimeoutMs'] as const) {
      if (!(this.#options[option] > 0)) throw new TypeError(`${option}: expected a number above 0`)
    }
  }

  onStart(span: ReadableSpan): void {
    const { maxSpans, select } = this.#options
    if (this.#running.size >= maxSpans || !select(span)) return
    this.#running.set(span.spanContext().spanId, { span, snapshots: 0 })
    this.#arm()
  }

  onEnd(span: ReadableSpan): void {
    this.#running.delete(span.spanContext().spanId)
    if (this.#running.size === 0) this.#disarm()
  }

  /** Exports snapshots now. */
  async forceFlush(): Promise<void> {
    this.#snapshot()
  }

  async shutdown(): Promise<void> {
    this.#running.clear()
    this.#disarm()
  }

  #arm(): void {
    const { clock, intervalMs } = this.#options
    const tick = () => {
      this.#timer = undefined
      this.#snapshot()
      if (this.#running.size > 0) this.#arm()
    }
    this.#timer ??= clock.setTimer(intervalMs, tick, { keepAlive: false })
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #snapshot(): void {
    const { exporter, exportTimeoutMs, clock } = this.#options
    const now = clock.monotonic()
    if (this.#busySince !== undefined && now - this.#busySince < exportTimeoutMs) return
    // A processor before this one that throws keeps it from being told.
    for (const { span } of this.#running.values()) if (span.ended) this.onEnd(span)
    const at = hrTime(clock.now())
    const spans = [...this.#running.values()].map((running) => this.#snapshotOf(running, at))
    if (spans.length === 0) return
    const number = ++this.#exports
    this.#busySince = now
    const done = () => {
      if (number === this.#exports) this.#busySince = undefined
    }
    try {
      const told: unknown = exporter.export(spans, done)
      if (told instanceof Promise) told.catch(done)
    } catch {
      done()
    }
  }

  #snapshotOf(running: RunningSpan, now: HrTime): ReadableSpan {
    const { span } = running
    running.snapshots++
    const parentSpanContext = span.spanContext()
    const context = { ...parentSpanContext, spanId: this.#spanId() }
    const isEarlier =
      now[0] < span.startTime[0] || (now[0] === span.startTime[0] && now[1] < span.startTime[1])
    const endTime = isEarlier ? span.startTime : now
    return {
      name: spanName(Span.snapshot.name, span.name),
      kind: 0,
      spanContext: () => context,
      parentSpanContext,
      startTime: span.startTime,
      endTime,
      duration: between(span.startTime, endTime),
      ended: true,
      status: span.status,
      attributes: { ...span.attributes, [Attribute.snapshot]: running.snapshots },
      links: [...span.links],
      events: [...span.events],
      resource: span.resource,
      instrumentationScope: span.instrumentationScope,
      droppedAttributesCount: span.droppedAttributesCount,
      droppedEventsCount: span.droppedEventsCount,
      droppedLinksCount: span.droppedLinksCount,
    }
  }

  #spanId(): string {
    const id = [...this.#options.random(8)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    return /^0+$/.test(id) ? this.#spanId() : id
  }
}

/** A job, or an agent at work. */
function isOfJob({ attributes }: ReadableSpan): boolean {
  const operation = attributes[Attribute.operation]
  const isOwn = attributes[Attribute.rpcSystem] === 'arcp' && attributes[Attribute.sessionId] !== undefined
  return attributes[Attribute.jobId] !== undefined && (isOwn || operation === 'invoke_agent')
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000)
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)]
}

function between([from, fromNanos]: HrTime, [to, toNanos]: HrTime): HrTime {
  const nanos = toNanos - fromNanos
  return nanos < 0 ? [to - from - 1, nanos + 1e9] : [to - from, nanos]
}
