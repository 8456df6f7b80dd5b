import { resolve } from 'node:path'
import { InvalidRequestError, isArcpError } from '@arcp/protocol'
import { type AgentContext, implement } from '@arcp/runtime'
import { analyzeDirectory, type DirectoryReport } from '../report/analyze-directory'
import { ListFilesError } from '../report/listing'
import { renderMarkdown } from '../report/markdown'
import { formatCount } from '../report/numbers'
import { report } from './contracts'

/** Text that goes out as one piece of the result. */
const PIECE_LENGTH = 8 * 1024

/** The most files of a report. */
const MAX_FILES = 100_000

/**
 * The `report` agent. Its lease must cover the directory, and what in it is to be read; what it does not cover is left
 * out, and the report says so. Inside a repository git is asked which files there are, as its user could.
 *
 * @param root the `fsRoot` of its runtime
 */
export function reportAgent(root: string) {
  return implement(report, async ({ dir }, ctx) => {
    await checkDirectory(ctx, dir)
    await ctx.status({ phase: 'reading' })
    const found = await analyzeDirectory(resolve(root, dir), {
      list: (path) => ctx.fs.list(path, { maxEntries: MAX_FILES }),
      read: (path) => ctx.fs.readPieces(path),
      maxFiles: MAX_FILES,
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

async function checkDirectory({ fs }: AgentContext, dir: string): Promise<void> {
  const found = await fs.stat(dir).catch((cause: unknown) => {
    if (isArcpError(cause)) throw cause
    throw new InvalidRequestError(`input.dir: there is no directory ${dir}`, { cause })
  })
  if (found.type !== 'directory') throw new InvalidRequestError(`input.dir: ${dir} is no directory`)
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
