// client.mjs
import { connect } from '@arcp/client'
import { spawnRuntime } from '@arcp/transport-stdio'

const token = crypto.randomUUID()
const shouter = spawnRuntime('node', ['server.mjs'], { env: { ...process.env, ARCP_TOKEN: token } })

const client = await connect(shouter, { token })
const job = await client.submit('shout', 'is anybody there')
console.log(await job.result())
await client.close()
