export { type MemoryPairOptions, memoryDialer, memoryPair } from './memory'
export {
  type Acceptor,
  CloseCode,
  type Dialer,
  type Peer,
  type Transport,
  type TransportClose,
  type TransportHandler,
} from './transport'
