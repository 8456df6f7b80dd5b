import { isObject, stringsOf } from '../../json'
import type { RuntimeRule } from '../../runtime-side/rule'

const FEATURE = 'ack'

export const advisoryAcks: RuntimeRule = {
  name: 'advisory acks',
  fact: 'To the draft an acknowledgement is advice: clients that name `ack` may never send one, and wait for events.',
  read: {
    'session.hello'({ payload: { capabilities } }, { request }) {
      if (!isObject(capabilities)) return
      const features = stringsOf(capabilities.features)
      if (request) request.acks = features.includes(FEATURE)
      capabilities.features = features.filter((feature) => feature !== FEATURE)
    },
  },
  write: {
    'session.welcome'({ payload: { capabilities } }, { request }) {
      if (!isObject(capabilities) || !request?.acks) return
      capabilities.features = [...stringsOf(capabilities.features), FEATURE]
    },
  },
}
