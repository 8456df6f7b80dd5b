import type { Endpoint } from '../ask/endpoint'
import type { KeyServer } from './virtual-keys'

/**
 * The server that makes keys for the endpoint of the environment: with `LITELLM_MASTER_KEY` the endpoint's own. Without
 * it there is none, and jobs use the endpoint's key.
 */
export function keyServerOf(env: NodeJS.ProcessEnv, { baseUrl }: Endpoint): KeyServer | undefined {
  const { LITELLM_MASTER_KEY: masterKey } = env
  return masterKey ? { url: baseUrl.replace(/\/+(v1\/*)?$/, ''), masterKey } : undefined
}
