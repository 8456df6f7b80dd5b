import { type Client, connect, type Job } from '@arcp/client'
import { webSocket } from '@arcp/transport-ws'
import { fillExample, offerAgents } from './agent-choice'
import { createJobView } from './job-view'
import { errorText, findPage, showProblem, showState } from './page'
import { readJson, readLease } from './read-json'

const page = findPage()
const view = createJobView(page)

let client: Client | undefined
let job: Job | undefined
/** Counts connections, so that what an earlier one tells late is not taken for news. */
let connections = 0

function updateButtons(busy: boolean): void {
  page.submit.disabled = busy || client === undefined
  page.cancel.disabled = job === undefined
}

function runtimeUrl(): URL {
  const url = new URL('/arcp', location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return url
}

async function reconnect(): Promise<void> {
  connections++
  const mine = connections
  const isCurrent = () => mine === connections
  const lost = () => {
    if (!isCurrent()) return
    client = undefined
    showState(page.connection, 'closed', 'Connection lost')
    updateButtons(false)
  }

  const before = client
  client = undefined
  showState(page.connection, 'connecting', 'Connecting…')
  showProblem(page.token, page.connectProblem, undefined)
  updateButtons(false)
  await before?.close()
  try {
    const connected = await connect(webSocket(runtimeUrl()), { token: page.token.value })
    if (!isCurrent()) return void (await connected.close())
    client = connected
    connected.onStateChange((state) => state === 'closed' && lost())
    showState(page.connection, 'open', `Connected to ${connected.runtime.name} ${connected.runtime.version}`)
    offerAgents(page, connected.agents)
  } catch (error) {
    if (!isCurrent()) return
    showState(page.connection, 'failed', 'Not connected')
    showProblem(page.token, page.connectProblem, errorText(error))
    offerAgents(page, [])
  }
  updateButtons(false)
}

async function submit(): Promise<void> {
  const input = readJson(page.input.value)
  const lease = readLease(page.lease.value)
  showProblem(page.input, page.inputProblem, input.ok ? undefined : input.problem)
  showProblem(page.lease, page.leaseProblem, lease.ok ? undefined : lease.problem)
  if (client === undefined || !input.ok || !lease.ok) return

  view.reset()
  updateButtons(true)
  try {
    job = await client.submit(page.agent.value, input.value, { lease: lease.value })
    updateButtons(true)
    await view.follow(job)
  } catch (error) {
    view.refused(error)
  }
  job = undefined
  updateButtons(false)
}

async function cancel(): Promise<void> {
  page.cancel.disabled = true
  try {
    await job?.cancel('cancelled on the page')
  } catch (error) {
    page.jobProblem.textContent = errorText(error)
    updateButtons(true)
  }
}

function onSubmit(form: HTMLFormElement, run: () => Promise<void>): void {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void run()
  })
}

onSubmit(page.connectForm, reconnect)
onSubmit(page.jobForm, submit)
page.cancel.addEventListener('click', () => void cancel())
page.agent.addEventListener('change', () => fillExample(page))
page.jobForm.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !page.submit.disabled)
    page.jobForm.requestSubmit()
})
void reconnect()
