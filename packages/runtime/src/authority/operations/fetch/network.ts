import { lookup } from 'node:dns/promises'
import { isPublicAddress } from '@arcp/protocol/lease'

/** What guarded requests know of the network, in a form that a test can put another in place of. */
export interface Network {
  /** All addresses of a name. */
  readonly resolve: (hostname: string) => Promise<readonly string[]>
  /** Whether an address may be connected to without being named. */
  readonly isPublic: (address: string) => boolean
}

/** The network the machine is in. */
export const machineNetwork: Network = {
  resolve: async (hostname) => (await lookup(hostname, { all: true })).map(({ address }) => address),
  isPublic: isPublicAddress,
}
