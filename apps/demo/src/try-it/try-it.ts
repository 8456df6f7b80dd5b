import type { Job } from '@arcp/client'
import { fillExample } from './agent-choice'
import { createConnection } from './connection'
import { createJobView } from './job-view'
import { errorText, findPage, showProblem } from './page'
import { readJson, readLease } from './read-json'

const page = findPage()
const view = createJobView(page)
const connection = createConnection(page, updateButtons)

let job: Job | undefined
let busy = false

function updateButtons(): void {
  page.submit.disabled = busy || connection.client === undefined
  page.cancel.disabled = job === undefined
}

async function submit(): Promise<void> {
  const { client } = connection
  const input = readJson(page.input.value)
  const lease = readLease(page.lease.value)
  showProblem(page.input, page.inputProblem, input.ok ? undefined : input.problem)
  showProblem(page.lease, page.leaseProblem, lease.ok ? undefined : lease.problem)
  if (client === undefined || !input.ok || !lease.ok) return

  view.reset()
  busy = true
  updateButtons()
  try {
    job = await client.submit(page.agent.value, input.value, { lease: lease.value })
    updateButtons()
    await view.follow(job)
  } catch (error) {
    view.refused(error)
  }
  job = undefined
  busy = false
  updateButtons()
}

async function cancel(): Promise<void> {
  page.cancel.disabled = true
  try {
    await job?.cancel('cancelled on the page')
  } catch (error) {
    page.jobProblem.textContent = errorText(error)
    updateButtons()
  }
}

function onSubmit(form: HTMLFormElement, run: () => Promise<void>): void {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void run()
  })
}

onSubmit(page.connectForm, connection.open)
onSubmit(page.jobForm, submit)
page.cancel.addEventListener('click', () => void cancel())
page.agent.addEventListener('change', () => fillExample(page))
page.jobForm.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !page.submit.disabled)
    page.jobForm.requestSubmit()
})
void connection.open()
