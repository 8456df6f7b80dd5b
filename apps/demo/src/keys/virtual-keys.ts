import { coverageOf, patternsOf } from '@arcp/protocol/lease'
import type { CredentialProvisioner, CredentialRequest, IssuedCredential } from '@arcp/runtime'
import * as v from 'valibot'

/** A proxy in front of language models that makes keys for them, in the way that LiteLLM has made common. */
export interface KeyServer {
  /** Where it is, without the `/v1` of its models. */
  readonly url: string
  /** What it makes keys for. */
  readonly masterKey: string
}

/** What is asked for; the server may do more than it is told, and never less. */
interface KeyTerms {
  readonly models: readonly string[]
  /** In USD. */
  readonly max_budget?: number
  /** In seconds, as in `30s`. */
  readonly duration?: string
}

/** Names the server's keys among all credentials of a job. */
export const PROFILE = 'openai'

const keySchema = v.object({ key: v.pipe(v.string(), v.minLength(1)) })
const modelsSchema = v.object({ data: v.array(v.object({ id: v.string() })) })

/**
 * Makes one key for each job whose lease covers a model the server has: for those models, up to the lease's budget in
 * USD, and until the lease ends. The key is deleted with its job; where that cannot be done, a lease with an end ends it.
 */
export function virtualKeys(server: KeyServer): CredentialProvisioner {
  const url = server.url.replace(/\/+$/, '')

  async function call(method: string, path: string, signal: AbortSignal, body?: object): Promise<unknown> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${server.masterKey}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      signal,
    })
    if (response.ok) return response.json()
    await response.body?.cancel()
    throw new KeyServerError(path, response.status)
  }

  /** Wildcards are the lease's own, and mean nothing to the server. */
  async function modelsOf({ lease, signal }: CredentialRequest): Promise<string[]> {
    const asked = patternsOf(lease, 'model.use')
    if (asked.length === 0) return []
    const { data } = v.parse(modelsSchema, await call('GET', '/v1/models', signal))
    const covers = coverageOf(lease)
    return data.map(({ id }) => id).filter((id) => covers('model.use', id))
  }

  return {
    name: 'virtual-keys',
    async issue(request): Promise<IssuedCredential | undefined> {
      const models = await modelsOf(request)
      // An empty list would stand for all there are.
      if (models.length === 0) return undefined
      const terms = termsOf(models, request)
      const { id, jobId, agent, scope } = request
      const made = await call('POST', '/key/generate', request.signal, {
        ...terms,
        key_alias: id,
        metadata: { job_id: jobId, agent, principal: scope.principal },
      })
      const { key } = v.parse(keySchema, made)
      return { value: key, endpoint: `${url}/v1`, profile: PROFILE, constraints: { ...terms } }
    },
    async revoke(id, signal) {
      try {
        await call('POST', '/key/delete', signal, { key_aliases: [id] })
      } catch (error) {
        if (!(error instanceof KeyServerError && error.status === 404)) throw error
      }
    },
  }
}

function termsOf(models: readonly string[], { budget, leaseConstraints }: CredentialRequest): KeyTerms {
  const seconds = leaseConstraints?.expires_in_s
  return {
    models,
    ...(budget?.USD === undefined ? {} : { max_budget: Number(budget.USD) }),
    ...(seconds === undefined ? {} : { duration: `${Math.max(1, Math.ceil(seconds))}s` }),
  }
}

/** A refusal of the server. It quotes nothing, for what is refused may be a key. */
class KeyServerError extends Error {
  override readonly name = 'KeyServerError'

  constructor(
    path: string,
    readonly status: number,
  ) {
    super(`${path} was answered ${status}${status === 401 ? ': the master key is not the right one' : ''}`)
  }
}
