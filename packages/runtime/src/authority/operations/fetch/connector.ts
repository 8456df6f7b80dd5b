import { isIP, type LookupFunction } from 'node:net'
import { Agent } from 'undici'
import type { Network } from './network'

/** A name that leads to no address a lease can open. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError'
}

/** Connections one job has to one origin at the same time; further requests wait. */
const CONNECTIONS = 64

/**
 * Makes the connections of one job. A name is resolved once for each, and it is the addresses that were checked which
 * are connected to: what the name means a moment later makes no difference.
 */
export function createConnector(network: Network): Agent {
  return new Agent({ connections: CONNECTIONS, connect: { lookup: checkedLookup(network) } })
}

function checkedLookup(network: Network): LookupFunction {
  return (hostname, options, callback) => {
    addressesOf(network, hostname).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: isIP(address) }))
        const [first] = found
        if (!first) callback(new PrivateAddressError(`${hostname} leads to no public address`), [])
        else if (options.all) callback(null, found)
        else callback(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    )
  }
}

async function addressesOf({ resolve, isPublic }: Network, hostname: string): Promise<readonly string[]> {
  // By whatever else a table of hosts says, this name is no other machine's.
  if (hostname === 'localhost') return ['127.0.0.1', '::1']
  return (await resolve(hostname)).filter(isPublic)
}
