// Peers

export { type FrameMatch, type RawFrame, type ScriptedPeer, scriptedPeer } from './scripted-peer'

// Programs

export { type Programs, programs } from './program'

// Waiting and collecting

export { collect } from './collect'
export { type Gate, gate } from './gate'

// Time and chance

export { seededRandom } from './seeded-random'
export { TestClock } from './test-clock'

// Stores

export { storeContract } from './store/contract'
export { type FaultyStore, faultyStore, type StoreFailure } from './store/faulty'

// Transports

export { type Accepted, type TestAcceptor, testAcceptor } from './transport/acceptor'
export { type TransportContractOptions, type TransportPair, transportContract } from './transport/contract'
export { type DirectionFaults, type Faults, type FaultyTransport, faultyTransport } from './transport/faulty'
export { type Recorder, record } from './transport/recorder'
export { type Relay, type RelayProgram, relayTo, startRelay } from './transport/relay'
