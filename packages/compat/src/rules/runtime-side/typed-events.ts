import { isObject, stringsOf } from '../../json'
import type { RuntimeRule } from '../../runtime-side/rule'

const FEATURE = 'typed_events'

export const typedEvents: RuntimeRule = {
  name: 'typed events',
  fact: 'The draft knows no typed events; between translator and runtime there are no others.',
  read: {
    'session.hello'({ payload: { capabilities } }) {
      if (isObject(capabilities)) capabilities.features = [...stringsOf(capabilities.features), FEATURE]
    },
  },
  write: {
    'session.welcome'({ payload: { capabilities } }) {
      if (!isObject(capabilities)) return
      capabilities.features = stringsOf(capabilities.features).filter((feature) => feature !== FEATURE)
    },
  },
}
