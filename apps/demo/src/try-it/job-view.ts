import type { Job } from '@arcp/client'
import { isArcpError, type JobEvent } from '@arcp/protocol'
import { createEventList } from './event-list'
import { errorText, type Page, showState } from './page'

/** The longest result that is shown whole. Unit: characters. */
const RESULT_SHOWN = 100_000

/** What it means when a job cannot be taken up again. */
const GONE =
  'The runtime no longer knows this job. It was probably started anew, and keeps its jobs in memory only.'

const STATE_OF: Readonly<Record<string, string>> = {
  'job.queued': 'queued',
  'job.started': 'running',
  'job.completed': 'completed',
  'job.failed': 'failed',
  'job.cancelled': 'cancelled',
}

/** Where a job is shown while it runs. */
export interface JobView {
  /** Empties everything, for a job that is about to be submitted. */
  reset(): void
  /** Shows that there will be no job, and why. */
  refused(error: unknown): void
  /** Shows a job as it goes; resolves when nothing more will come of it. Never rejects. */
  follow(job: Job): Promise<void>
}

function resultText(result: unknown): string {
  if (result instanceof Uint8Array) return `${result.length} bytes`
  const text = typeof result === 'string' ? result : JSON.stringify(result, null, 2)
  return text.length <= RESULT_SHOWN ? text : `${text.slice(0, RESULT_SHOWN)}\n… (${text.length} characters)`
}

export function createJobView(page: Page): JobView {
  const events = createEventList(page.events)

  function showProgress(current: number, total: number | undefined): void {
    if (total === undefined) page.progress.removeAttribute('value')
    else {
      page.progress.max = Math.max(total, 1)
      page.progress.value = current
    }
    page.progressText.value = total === undefined ? String(current) : `${current} / ${total}`
  }

  function show(event: JobEvent): void {
    events.add(event)
    const state = STATE_OF[event.type]
    if (state !== undefined) showState(page.jobState, state, state)
    if (event.type === 'job.progress') showProgress(event.current, event.total)
  }

  /** An ended job is not under way: a bar without a value would say so. */
  function stopProgress(): void {
    if (page.progress.position < 0) page.progress.value = 0
  }

  /** Shows that nothing more will be heard of the job, and why. */
  function lost(error: unknown): void {
    const isGone = isArcpError(error, 'RESUME_WINDOW_EXPIRED') || isArcpError(error, 'JOB_NOT_FOUND')
    showState(page.jobState, 'lost', isGone ? 'lost' : 'out of sight')
    page.jobProblem.textContent = isGone ? `${GONE} (${errorText(error)})` : errorText(error)
  }

  return {
    reset() {
      events.clear()
      showState(page.jobState, 'submitting', 'submitting')
      for (const place of [page.jobId, page.jobProblem, page.result]) place.textContent = ''
      page.progress.value = 0
      page.progressText.value = ''
    },
    refused(error) {
      showState(page.jobState, 'refused', 'refused')
      page.jobProblem.textContent = errorText(error)
    },
    async follow(job) {
      page.jobId.textContent = job.id
      let told: unknown
      try {
        for await (const event of job.events()) show(event)
      } catch (error) {
        told = error
        lost(error)
      }
      try {
        page.result.textContent = resultText(await job.result())
      } catch (error) {
        if (error !== told) page.jobProblem.textContent = errorText(error)
      }
      stopProgress()
    },
  }
}
