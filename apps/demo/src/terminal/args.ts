import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { EXIT, Fail } from './fail'

/** What the arguments ask for. */
export type Request =
  | { readonly name: 'tour'; readonly dir: string | undefined; readonly trace: boolean }
  | {
      readonly name: 'serve'
      readonly stdio: boolean
      /** 0 lets the system choose. */
      readonly port: number
      readonly token: string
      readonly allowOrigins: readonly string[]
    }
  /** Help or the version: text to print, and nothing else to do. */
  | { readonly name: 'print'; readonly text: string }

/** The options of `serve`, as they are written. */
interface ServeArguments {
  readonly port: number
  readonly token: string
  readonly allowOrigin: readonly string[]
  readonly stdio: boolean
}

function readPort(text: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('A port is a number from 0 to 65535.')
  return port
}

function readToken(text: string): string {
  if (!/^[\x21-\x7e]+$/.test(text)) throw new InvalidArgumentError('A token is ASCII text without spaces.')
  return text
}

function readOrigin(text: string, before: readonly string[]): readonly string[] {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw new InvalidArgumentError('An origin looks like https://example.com or http://localhost:3000.')
  }
  return [...before, url.origin]
}

/**
 * Reads the arguments of the demo, those after the script's name. Throws {@link Fail} with the exit code for
 * usage where they make no sense. A directory named `serve` is written `./serve`.
 */
export function parseArgs(argv: readonly string[], version: string): Request {
  let request: Request | undefined
  let printed = ''

  const program = new Command('pnpm demo')
    .exitOverride()
    .configureOutput({ writeOut: (text) => (printed += text), writeErr: () => {} })
    .description(
      'A runtime, agents and a client of the Agent Runtime Control Protocol, at work on a directory.',
    )
    .version(version)
    .argument('[dir]', 'the directory to report on; default: this repository')
    .option(
      '--trace',
      'show the spans of it all in the end; to OTEL_EXPORTER_OTLP_ENDPOINT too, where that is set',
      false,
    )
    .action((dir: string | undefined, { trace }: { trace: boolean }) => {
      request = { name: 'tour', dir, trace }
    })
  program
    .command('serve')
    .description('Keep serving the agents, and a page to try them on.')
    .option('--port <number>', 'the port to listen at; 0 finds a free one', readPort, 7777)
    .option('--token <text>', 'the bearer token that clients present', readToken, 'demo-token')
    .option(
      '--allow-origin <origin>',
      'a web origin whose pages may connect; may be repeated',
      readOrigin,
      [],
    )
    .option('--stdio', 'serve whoever starts this, over stdin and stdout, and nothing else', false)
    .action(({ allowOrigin: allowOrigins, ...options }: ServeArguments) => {
      request = { name: 'serve', ...options, allowOrigins }
    })

  // Some package managers pass on the "--" that set the script's arguments apart.
  const args = argv[0] === '--' ? argv.slice(1) : argv
  try {
    program.parse(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode !== 0) {
      throw new Fail(error.message.replace(/^error: /, ''), {
        exitCode: EXIT.usage,
        hint: 'See pnpm demo --help.',
      })
    }
  }
  return request ?? { name: 'print', text: printed.trimEnd() }
}
