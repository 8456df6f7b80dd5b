import type { LogLevel } from '@arcp/protocol'
import type { ObservedJob } from '@arcp/protocol/observe'
import type { Context } from '@opentelemetry/api'
import { agentAttributes } from '../agent-attributes'
import { Attribute } from '../names'
import type { LogRecord, LogRecordProvider } from '../options'

/** As OpenTelemetry numbers them. */
const SEVERITY: Readonly<Record<LogLevel, number>> = {
  trace: 1,
  debug: 5,
  info: 9,
  warn: 13,
  error: 17,
  fatal: 21,
}

/** Hands what agents say with `job.log` to a logs API, tied to the span of the agent that says it. */
export function jobLogs(
  provider: LogRecordProvider,
  scope: readonly [name: string, version: string],
  contextOf: (jobId: string) => Context,
): (job: ObservedJob, eventType: string, payload: string) => void {
  const logger = provider.getLogger(...scope)
  return ({ jobId, agent }, eventType, payload) => {
    if (eventType !== 'job.log') return
    const { level, message, ts, attributes } = JSON.parse(payload)
    const timestamp = Date.parse(ts)
    logger.emit({
      ...(!Number.isNaN(timestamp) && { timestamp }),
      severityNumber: SEVERITY[level as LogLevel],
      severityText: level,
      body: message,
      attributes: {
        ...attributes,
        ...agentAttributes(agent),
        [Attribute.jobId]: jobId,
      } as NonNullable<LogRecord['attributes']>,
      context: contextOf(jobId),
    })
  }
}
