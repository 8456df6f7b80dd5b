import { messageIds } from '@arcp/protocol'
import type { Dialer } from '@arcp/protocol/transport'
import type { Client } from './client'
import { Connection } from './connection/connection'
import { Inbound } from './connection/inbound'
import { Intake } from './connection/intake'
import { Outbox } from './connection/outbox'
import { Jobs } from './jobs/jobs'
import { type ConnectOptions, settingsOf } from './options'
import { requestCancel } from './requests/cancel'
import { Requests } from './requests/requests'
import { sessionClient } from './session-client'

/**
 * Connects to a runtime and begins a session. `docs/protocol.md` §2.
 *
 * @throws ConnectionError when the runtime is not reached, does not welcome in time, or speaks something else;
 * `UNAUTHENTICATED` or another code when it refuses; what the `token` function threw; the reason of `options.signal`;
 * TypeError for an option or limit there is none of, and for a limit that is no positive number
 */
export async function connect(dialer: Dialer, options: ConnectOptions): Promise<Client> {
  const settings = settingsOf(options)
  const ids = messageIds(settings.random)
  const outbox = new Outbox(ids)
  const requests = new Requests({ ...settings, outbox })
  const intake = new Intake({ ...settings, outbox, choked: () => jobs.choked })
  const jobs: Jobs = new Jobs({
    ...settings,
    requests,
    cancel: (jobId, reason) => requestCancel(requests, jobId, reason),
    eased: () => intake.settle(),
  })
  const receiver = new Inbound({ ...settings, jobs, requests, intake, outbox })
  const connection = new Connection({ ...settings, dialer, ids, outbox, receiver })
  await connection.open(options.signal)
  return sessionClient({ ...settings, connection, requests, jobs, intake })
}
