import { MultiBar, type Options } from 'cli-progress'
import { visible } from '../visible'
import type { Paint } from './paint'
import { type Display, type Progress, percentOf } from './progress'

/** Cells of a bar. */
const BAR_WIDTH = 24

// While bars are drawn the terminal cuts long lines. A line printed above them wraps, over what stood there.
const WRAP = '\x1b[?7h'
const CUT = '\x1b[?7l'
const CLEAR_REST = '\x1b[K'

/** What stands in the line of one work. */
interface Work {
  readonly label: string
  current: number
  total: number | undefined
  message: string
}

function workLine({ label, current, total, message }: Work, width: number, paint: Paint): string {
  const percent = percentOf(current, total)
  const filled = Math.round(((percent ?? 0) / 100) * BAR_WIDTH)
  const bar = paint('green', '█'.repeat(filled)) + paint('dim', '░'.repeat(BAR_WIDTH - filled))
  const numbers =
    percent === undefined ? `${current}` : `${String(percent).padStart(3)} %  ${current}/${total}`
  const room = Math.max(width - label.length - BAR_WIDTH - numbers.length - 6, 0)
  // Of a path the end tells most.
  const shown = message.length > room ? `…${message.slice(message.length - room + 1)}` : message
  return `${label}  ${bar}  ${numbers}  ${room > 1 ? paint('dim', shown) : ''}`
}

/** A display for a terminal: a live bar per work at the bottom, lines above them. */
export function barDisplay(stream: NodeJS.WritableStream & { columns?: number }, paint: Paint): Display {
  let bars: MultiBar | undefined
  let works: Work[] = []
  const running = new Set<Work>()

  const format: Options['format'] = (_, { maxWidth }, work: Work) => workLine(work, maxWidth, paint)

  function stopBars(): void {
    if (bars === undefined) return
    // The first prints the lines that wait, the second takes the bars away: how they ended stays as text.
    bars.update()
    bars.stop()
    for (const work of works) stream.write(`${workLine(work, stream.columns ?? 80, paint)}\n`)
    bars = undefined
    works = []
  }

  return {
    line(text) {
      if (bars === undefined) stream.write(`${text}\n`)
      else for (const part of text.split('\n')) bars.log(`${WRAP}${part}${CLEAR_REST}\n${CUT}`)
    },
    progress(label, total): Progress {
      const work: Work = { label: visible(label), current: 0, total, message: '' }
      // Redrawn even if unchanged: a line printed above has taken the bar's place.
      bars ??= new MultiBar({ stream, format, hideCursor: true, forceRedraw: true, clearOnComplete: true })
      bars.create(1, 0, work)
      works.push(work)
      running.add(work)
      return {
        update(current, newTotal, message) {
          if (!running.has(work)) return
          work.current = current
          work.total = newTotal ?? work.total
          if (message !== undefined) work.message = visible(message)
        },
        end(outcome) {
          if (!running.delete(work)) return
          work.message = visible(outcome)
          if (running.size === 0) stopBars()
        },
      }
    },
    close() {
      running.clear()
      stopBars()
    },
  }
}
