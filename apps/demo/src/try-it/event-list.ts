import type { JobEvent } from '@arcp/protocol'
import { describeEvent } from './describe-event'

/** Events that stand in the list; beyond it the oldest go. */
const EVENTS_SHOWN = 500

/** The list of a job's latest events. */
export interface EventList {
  add(event: JobEvent): void
  clear(): void
}

function cell(text: string): HTMLElement {
  const span = document.createElement('span')
  span.textContent = text
  return span
}

function item(event: JobEvent): HTMLLIElement {
  const line = document.createElement('li')
  line.dataset.type = event.type
  line.dataset.seq = String(event.seq)
  line.title = event.ts
  line.append(cell(String(event.seq)), cell(event.type), cell(describeEvent(event)))
  return line
}

/**
 * A list that is written once per frame, however many events came, and follows its end as long as nobody has
 * scrolled away from it.
 */
export function createEventList(list: HTMLOListElement): EventList {
  let waiting: JobEvent[] = []
  let scheduled = false

  function write(): void {
    scheduled = false
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 8
    list.append(...waiting.map(item))
    waiting = []
    while (list.childElementCount > EVENTS_SHOWN) list.firstElementChild?.remove()
    if (atEnd) list.scrollTop = list.scrollHeight
  }

  return {
    add(event) {
      waiting.push(event)
      if (waiting.length > EVENTS_SHOWN) waiting.shift()
      if (scheduled) return
      scheduled = true
      requestAnimationFrame(write)
    },
    clear() {
      waiting = []
      list.replaceChildren()
    },
  }
}
