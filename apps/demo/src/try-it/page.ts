/** The element with this id; the page is broken without it. */
function element<E extends HTMLElement>(id: string, type: new () => E): E {
  const found = document.getElementById(id)
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} with the id "${id}"`)
  return found
}

/** Every element of the page that the program touches, named after its id. */
export function findPage() {
  return {
    connection: element('connection', HTMLParagraphElement),
    connectForm: element('connect-form', HTMLFormElement),
    connectProblem: element('connect-problem', HTMLParagraphElement),
    token: element('token', HTMLInputElement),
    jobForm: element('job-form', HTMLFormElement),
    agent: element('agent', HTMLSelectElement),
    input: element('input', HTMLTextAreaElement),
    inputProblem: element('input-problem', HTMLParagraphElement),
    lease: element('lease', HTMLTextAreaElement),
    leaseProblem: element('lease-problem', HTMLParagraphElement),
    submit: element('submit', HTMLButtonElement),
    cancel: element('cancel', HTMLButtonElement),
    jobState: element('job-state', HTMLSpanElement),
    jobId: element('job-id', HTMLElement),
    progress: element('progress', HTMLProgressElement),
    progressText: element('progress-text', HTMLOutputElement),
    jobProblem: element('job-problem', HTMLParagraphElement),
    result: element('result', HTMLPreElement),
    events: element('events', HTMLOListElement),
  }
}

/** The page's elements. */
export type Page = ReturnType<typeof findPage>

/** Shows a state in words, and in `data-state` for styles and programs. */
export function showState(target: HTMLElement, state: string, text: string): void {
  target.dataset.state = state
  target.textContent = text
}

/** Shows what is wrong with a field beside it, or with `undefined` that nothing is. */
export function showProblem(field: HTMLElement, place: HTMLElement, problem: string | undefined): void {
  place.textContent = problem ?? ''
  if (problem === undefined) field.removeAttribute('aria-invalid')
  else field.setAttribute('aria-invalid', 'true')
}

/** An error in words: with its code, if it has one. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error ? `${String(error.code)}: ${error.message}` : error.message
}
