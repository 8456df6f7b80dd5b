import { startDemoServer } from '@arcp/demo/testing'
import { beforeAll, expect, it } from 'vitest'
import { type EmptyProject, emptyProject } from './empty-project'

let project: EmptyProject

beforeAll(async () => {
  project = await emptyProject(['@arcp/client', '@arcp/transport-ws'])
  return () => project[Symbol.asyncDispose]()
})

it('R-PKG-2 client and transport alone complete jobs of a server they know by its address only', async () => {
  await using demo = await startDemoServer()
  const printed = await project.node(`
    import { connect } from '@arcp/client'
    import { webSocket } from '@arcp/transport-ws'

    const client = await connect(webSocket(${JSON.stringify(demo.runtime)}), { token: 'demo-token' })
    const counting = await client.submit('count', { to: 3 })
    const types = []
    for await (const { type } of counting.events()) types.push(type)
    const reporting = await client.submit('report@1.0.0', { dir: 'apps/demo/public' }, {
      lease: { 'fs.read': ['apps/**'] },
    })
    const text = await reporting.result()
    const refused = await client.submit('nobody', null).catch(({ code }) => code)
    console.log(JSON.stringify({ types, counted: await counting.result(), title: text.split('\\n')[0], refused }))
    await client.close()`)
  expect(JSON.parse(printed)).toEqual({
    types: ['job.queued', 'job.started', 'job.progress', 'job.progress', 'job.progress', 'job.completed'],
    counted: { counted: 3 },
    title: '# Report on `public`',
    refused: 'AGENT_NOT_AVAILABLE',
  })
})

it('R-PKG-2 nothing of a runtime comes along', async () => {
  const printed = await project.node(`
    const absent = []
    for (const name of ['@arcp/runtime', '@arcp/demo', '@arcp/testkit'])
      await import(name).catch(({ code }) => absent.push(code))
    console.log(JSON.stringify(absent))`)
  expect(JSON.parse(printed)).toEqual(Array(3).fill('ERR_MODULE_NOT_FOUND'))
})
