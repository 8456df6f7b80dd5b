import { realpath } from 'node:fs/promises'
import { isAbsolute, relative, resolve } from 'node:path'
import { InvalidRequestError, PermissionDeniedError } from '@arcp/protocol'
import { implement } from '@arcp/runtime'
import { analyzeDirectory, type DirectoryReport } from '../report/analyze-directory'
import { ListFilesError } from '../report/listing'
import { renderMarkdown } from '../report/markdown'
import { formatCount } from '../report/numbers'
import { report } from './contracts'

/** Text that goes out as one piece of the result. */
const PIECE_LENGTH = 8 * 1024

/** The `report` agent for directories inside `root`, and no others. */
export function reportAgent(root: string) {
  return implement(report, async ({ dir }, ctx) => {
    const path = await inside(root, dir)
    await ctx.status({ phase: 'reading' })
    const found = await analyzeDirectory(path, {
      signal: ctx.signal,
      onProgress: ({ done, total, path: file }) =>
        ctx.progress({ current: done, total, units: 'files', message: file }),
    }).catch((error: unknown) => {
      if (error instanceof ListFilesError)
        throw new InvalidRequestError(`input.dir: ${error.message}`, { cause: error })
      throw error
    })
    await ctx.status({ phase: 'writing' })
    ctx.summarize(summaryOf(found))
    await writeAll(ctx.resultStream(), renderMarkdown(found))
    return undefined
  })
}

async function inside(root: string, dir: string): Promise<string> {
  const top = await realpath(root)
  const path = await realpath(resolve(top, dir)).catch((cause: unknown) => {
    throw new InvalidRequestError(`input.dir: there is no directory ${dir}`, { cause })
  })
  const below = relative(top, path)
  if (below === '..' || below.startsWith('../') || isAbsolute(below)) {
    throw new PermissionDeniedError(`input.dir: ${dir} is outside what this runtime serves`)
  }
  return path
}

async function writeAll(stream: WritableStream<string>, pieces: Iterable<string>): Promise<void> {
  const writer = stream.getWriter()
  let text = ''
  for (const piece of pieces) {
    text += piece
    if (text.length < PIECE_LENGTH) continue
    await writer.write(text)
    text = ''
  }
  if (text !== '') await writer.write(text)
  await writer.close()
}

function summaryOf({ totals }: DirectoryReport): string {
  return `${formatCount(totals.files)} files, ${formatCount(totals.lines)} lines, ${formatCount(totals.words)} words`
}
