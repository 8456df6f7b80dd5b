import { isTerminalType } from '@arcp/protocol'
import { isEvent } from '../../client-side/native-frames'
import type { ClientRule } from '../../client-side/rule'

export const numbersOfSubscriptions: ClientRule = {
  name: 'numbers of subscriptions',
  fact: 'Runtimes for Python number the events of each subscription by itself, beside those of the session.',
  dialects: ['python', 'older-python'],
  read: {
    '*'(frame, { jobs, sessionId }) {
      const { job_id, session_id = sessionId } = frame
      // What it repeats with the session it was first told in has a number of this one.
      if (job_id !== undefined && session_id === sessionId && !jobs.get(job_id)?.own) delete frame.event_seq
    },
  },
}

export const repeated: ClientRule = {
  name: 'repeated',
  fact: 'After a resume a runtime may send again what has been taken in.',
  read: {
    '*'({ event_seq }, { numbers }) {
      if (event_seq !== undefined && !numbers.arrived(event_seq)) return []
      return
    },
  },
}

export const numbers: ClientRule = {
  name: 'numbers',
  fact: 'Events of the draft have no number in their job; those of the session run on over frames that mean nothing here.',
  read: {
    '*'(frame, { jobs, numbers }) {
      const job = isEvent(frame) ? jobs.get(frame.job_id) : undefined
      if (frame.event_seq !== undefined) frame.event_seq = numbers.next(job && { job, seq: job.seq })
      if (!job) {
        // What follows nothing has no place in a job, whatever it says.
        if (isEvent(frame)) delete frame.payload.seq
        return
      }
      job.seq++
      if (job.firstNumber === 0) job.firstNumber = frame.event_seq ?? 0
      frame.payload.seq = job.seq
      if (isTerminalType(frame.type)) jobs.delete(job.id)
    },
  },
}

export const acknowledgements: ClientRule = {
  name: 'acknowledgements',
  fact: 'What is acknowledged is the number that the runtime gave, and only where it agreed to that.',
  write: {
    'session.ack'({ payload }, { features, numbers }) {
      const theirs = numbers.acknowledge(Number(payload.last_processed_seq))
      if (theirs === undefined || !features.includes('ack')) return []
      payload.last_processed_seq = theirs
      return
    },
  },
}
