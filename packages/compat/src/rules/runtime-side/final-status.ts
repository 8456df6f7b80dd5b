import type { RuntimeRule } from '../../runtime-side/rule'

export const finalStatus: RuntimeRule = {
  name: 'final status',
  fact: 'Clients for Python die of a job.error whose final status is anything but `error`; its code tells the rest.',
  dialects: ['python', 'older-python'],
  write: {
    'job.error'({ payload }) {
      payload.final_status = 'error'
    },
  },
}
