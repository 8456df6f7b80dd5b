import { visible } from '../visible'
import { type Display, type Progress, percentOf } from './progress'

/** Progress is told each time it passes one of so many equal parts. */
const PARTS = 4

/**
 * A display for what is no terminal: a file, a pipe, a CI log. Progress is a line per quarter, or where
 * the total is unknown a line at 1, 10, 100 …; the end is always told.
 */
export function plainDisplay(write: (text: string) => void): Display {
  const line = (text: string) => write(`${text}\n`)

  function progress(label: string, firstTotal?: number): Progress {
    const name = visible(label)
    let total = firstTotal
    let partsTold = 0
    let nextCount = 1
    let ended = false
    return {
      update(current, newTotal) {
        if (ended) return
        total = newTotal ?? total
        const percent = percentOf(current, total)
        if (percent === undefined) {
          if (current < nextCount) return
          line(`${name}: ${current}`)
          while (nextCount <= current) nextCount *= 10
          return
        }
        const parts = Math.floor((percent * PARTS) / 100)
        if (parts <= partsTold) return
        partsTold = parts
        line(`${name}: ${percent} % (${current} of ${total})`)
      },
      end(outcome) {
        if (ended) return
        ended = true
        line(`${name}: ${visible(outcome)}`)
      },
    }
  }

  return { line, progress, close() {} }
}
