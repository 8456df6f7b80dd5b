import type { ClientRule } from '../../client-side/rule'
import { isObject } from '../../json'

const GONE = 'RESUME_WINDOW_EXPIRED'

export const resumeTwice: ClientRule = {
  name: 'resume in both forms',
  fact: 'Runtimes for Java and C# read the token and the last number at the top level of the hello, others in `resume`; none knows cursors.',
  write: {
    'session.hello'(frame, memory) {
      const { resume } = frame.payload
      if (!isObject(resume)) return
      const { cursors: _, ...rest } = resume
      const at = memory.numbers.resume(Number(resume.last_event_seq))
      if (!at) {
        const message = 'more was left unacknowledged than is remembered'
        memory.lost = true
        memory.toClient.push(memory.frame('session.error', { code: GONE, message, retryable: false }))
        return []
      }
      for (const { job, seq } of at.undone) memory.jobs.restore(job, seq)
      const last_event_seq = at.theirs
      frame.payload = {
        ...frame.payload,
        resume: { ...rest, last_event_seq },
        resume_token: rest.resume_token,
        last_event_seq,
      }
      return
    },
  },
}

export const refusedHello: ClientRule = {
  name: 'refused hello',
  fact: 'Runtimes for Java know no session.error: a job.error without a job refuses a hello.',
  read: {
    'job.error'(frame, { greeted }) {
      if (!greeted && frame.job_id === undefined) frame.type = 'session.error'
    },
  },
}

export const resumeRefused: ClientRule = {
  name: 'resume refused',
  fact: 'Runtimes refuse a resume with codes of their own, PERMISSION_DENIED among them, that here would end the client.',
  read: {
    'session.error'({ payload }, memory) {
      if (memory.greeted || memory.resuming === undefined) return
      if (payload.code === 'UNAUTHENTICATED' || payload.retryable === true) return
      payload.code = GONE
      memory.lost = true
    },
  },
}

export const otherSession: ClientRule = {
  name: 'another session',
  fact: 'Runtimes for Java and C# answer a resume they cannot serve with a new session.',
  read: {
    'session.welcome'({ session_id, payload }, memory) {
      const welcomed = session_id ?? payload.session_id
      if (memory.resuming === undefined || welcomed === memory.resuming) return
      memory.lost = true
      return [
        memory.frame('session.error', { code: GONE, message: 'another session was given', retryable: false }),
      ]
    },
  },
}

const RESUMED = 'compat_resumed'

export const strandedJobs: ClientRule = {
  name: 'stranded jobs',
  fact: 'Runtimes for Python send what a job says after the connection broke to nobody, resumed or not.',
  dialects: ['python', 'older-python'],
  read: {
    'session.welcome'(_, memory) {
      if (memory.resuming === undefined) return
      // All that is sent again comes before the answer to this.
      memory.toRuntime.push(memory.ping(RESUMED))
    },
    'session.pong'({ payload }, memory) {
      if (payload.ping_nonce !== RESUMED) return
      for (const { id } of memory.jobs.all()) memory.lose(id)
      return []
    },
  },
}
