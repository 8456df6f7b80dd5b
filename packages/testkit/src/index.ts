// Time and chance

// Peers
export { type FrameMatch, type RawFrame, type ScriptedPeer, scriptedPeer } from './scripted-peer'
export { seededRandom } from './seeded-random'
export { TestClock } from './test-clock'
// Transports
export { type Accepted, type TestAcceptor, testAcceptor } from './transport/acceptor'
export { type TransportContractOptions, type TransportPair, transportContract } from './transport/contract'
export { type DirectionFaults, type Faults, type FaultyTransport, faultyTransport } from './transport/faulty'
export { type Recorder, record } from './transport/recorder'
