import { agreeFeatures, type Feature } from '@arcp/protocol'
import type { ClientRule } from '../../client-side/rule'
import { isObject, stringsOf, textOf } from '../../json'
import { featuresOf } from '../../peer'

export const gatedFeatures: ClientRule = {
  name: 'gated features',
  fact: 'A runtime may watch leases and budgets, and give credentials, only for who names these features.',
  write: {
    'session.hello'({ payload: { capabilities } }) {
      if (!isObject(capabilities)) return
      const features = stringsOf(capabilities.features)
      if (features.length > 0) capabilities.features = [...new Set([...features, ...GATED])]
    },
  },
}

const GATED = ['lease_expires_at', 'cost.budget', 'model.use', 'provisioned_credentials']

export const welcomeFields: ClientRule = {
  name: 'welcome',
  fact: 'A welcome of the draft may tell its session on the envelope only, names every feature of the runtime, and no limits.',
  read: {
    'session.welcome'(frame, memory) {
      const { payload } = frame
      memory.features = agreeFeatures(memory.asked as Feature[], featuresOf(frame))
      const typed = memory.asked.includes('typed_events') ? ['typed_events'] : []
      const { capabilities, max_frame_bytes: told } = payload
      frame.payload = {
        accepted_at: new Date(memory.now()).toISOString(),
        resume_token: '',
        ...payload,
        session_id: textOf(payload.session_id) ?? frame.session_id,
        max_frame_bytes: typeof told === 'number' ? told : MAX_FRAME_BYTES,
        capabilities: {
          encodings: ['json'],
          agents: [],
          ...(isObject(capabilities) ? capabilities : {}),
          features: [...memory.features, ...typed],
        },
      }
    },
  },
}

/** What runtimes of the draft take, that say nothing of it. */
const MAX_FRAME_BYTES = 1024 * 1024

export const shortLines: ClientRule = {
  name: 'short lines',
  fact: 'Runtimes for Python break at a line of more than 64 KiB, and do not tell so.',
  dialects: ['python', 'older-python'],
  read: {
    'session.welcome'({ payload }, { medium }) {
      if (medium === 'stdio') payload.max_frame_bytes = LINE_BYTES
    },
  },
}

/** The longest line that Python's `asyncio` reads unless told otherwise, without its end. */
const LINE_BYTES = 64 * 1024

export const agentNames: ClientRule = {
  name: 'agent names',
  fact: 'Agents may be listed by their names alone.',
  read: {
    'session.welcome'({ payload: { capabilities } }) {
      if (!isObject(capabilities) || !Array.isArray(capabilities.agents)) return
      capabilities.agents = capabilities.agents
        .map((agent) => (typeof agent === 'string' ? { name: agent } : agent))
        .filter((agent) => isObject(agent) && typeof agent.name === 'string')
        .map((agent) => ({ ...agent, versions: stringsOf(agent.versions) }))
    },
  },
}

export const ackWindow: ClientRule = {
  name: 'acknowledgement window',
  fact: 'The draft knows acknowledgements, and keeps what is not acknowledged, but tells no window.',
  read: {
    'session.welcome'({ payload }, { features, limits }) {
      if (!features.includes('ack')) return
      payload.ack_window = { events: limits.unacknowledgedEvents, bytes: ACK_BYTES }
    },
  },
}

/** How much a client takes in before it acknowledges some of it, at the latest. */
const ACK_BYTES = 16 * 1024 * 1024

export const noHold: ClientRule = {
  name: 'no hold',
  fact: 'The draft cannot be asked to hold a job, so that subscribing is no way to keep pace.',
  read: {
    'session.welcome'({ payload: { capabilities } }) {
      if (!isObject(capabilities)) return
      capabilities.features = stringsOf(capabilities.features).filter((feature) => feature !== 'subscribe')
    },
  },
}
