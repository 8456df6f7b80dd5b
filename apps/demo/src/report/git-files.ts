import { isUtf8 } from 'node:buffer'
import { spawn } from 'node:child_process'
import { type Listing, NOT_UTF8, reasonOf } from './listing'

/** Whether git gave the list, and if not, why. */
export type GitAnswer = { readonly ok: true } | { readonly ok: false; readonly reason: string }

// An empty core.fsmonitor: listing somebody's repository must not run the program its configuration names.
const ARGS = ['-c', 'core.fsmonitor=', 'ls-files', '-z', '--cached', '--others', '--exclude-standard']

/** What points git away from the repository it is run in; set, for example, in every git hook. */
const REDIRECTING = new Set([
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_COMMON_DIR',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_NAMESPACE',
  'GIT_PREFIX',
])

/** The most of git's complaint that is read. Unit: characters. */
const COMPLAINT_CHARACTERS = 4096

function gitEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !REDIRECTING.has(name))
  return { ...Object.fromEntries(kept), LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' }
}

function addName(listing: Listing, name: Buffer): void {
  const path = name.toString('utf8')
  if (isUtf8(name)) listing.add(path)
  else listing.skip(path, NOT_UTF8)
}

function reasonIn(complaint: string): string {
  if (complaint.includes('not a git repository')) return 'it is not inside a git repository'
  if (complaint.includes('must be run in a work tree'))
    return 'it is not inside the work tree of its repository'
  const [first = ''] = complaint.split('\n')
  return `git gave no list (${first.replace(/^fatal: /, '') || 'no reason given'})`
}

/**
 * Adds to `listing` what git tracks in `dir`, and what it would track (neither ignored nor added), relative
 * to `dir`: deleted files and nested repositories still among them. Where git gives no list — no repository, not
 * installed, a repository it refuses — the answer says why. Throws what `listing` throws, and the reason of
 * `signal`.
 */
export async function addGitFiles(
  listing: Listing,
  dir: string,
  options: { readonly env: NodeJS.ProcessEnv; readonly signal?: AbortSignal | undefined },
): Promise<GitAnswer> {
  const git = spawn('git', ARGS, {
    cwd: dir,
    env: gitEnvironment(options.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<GitAnswer>((resolve) => {
    let complaint = ''
    git.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(0, COMPLAINT_CHARACTERS)
    })
    git.on('error', (error) => {
      const reason = reasonOf(error)
      resolve({
        ok: false,
        reason: reason === 'ENOENT' ? 'git is not installed' : `git did not start (${reason})`,
      })
    })
    git.once('close', (code) =>
      resolve(code === 0 ? { ok: true } : { ok: false, reason: reasonIn(complaint) }),
    )
  })

  try {
    let rest = Buffer.alloc(0)
    for await (const piece of git.stdout as AsyncIterable<Buffer>) {
      options.signal?.throwIfAborted()
      let start = 0
      for (let end = piece.indexOf(0); end >= 0; end = piece.indexOf(0, start)) {
        const name = piece.subarray(start, end)
        addName(listing, rest.length === 0 ? name : Buffer.concat([rest, name]))
        rest = Buffer.alloc(0)
        start = end + 1
      }
      rest = Buffer.concat([rest, piece.subarray(start)])
    }
    const answer = await ended
    options.signal?.throwIfAborted()
    return answer
  } finally {
    git.kill()
  }
}
