/** The process around `run`: streams, signals, exit code. Runs when it is loaded. */
import { constants } from 'node:os'
import { removeUnfinishedFiles, writeLastWords } from '../io/output.js'
import { removeScratchFolders } from '../io/scratch-folder.js'
import { version } from '../version.js'
import { EXIT } from './exit-codes.js'
import { libraryOnDemand } from './library-on-demand.js'
import { limitMemory } from './limit-memory.js'
import { run } from './run.js'

/** What shells add to the number of a signal. */
const SIGNAL_CODE = EXIT.interrupted - constants.signals.SIGINT

/** Ctrl-C and the like: no half-written file, no hidden cursor (the progress line hides it). */
function leave(signal: NodeJS.Signals, number: number): void {
  removeUnfinishedFiles()
  const cursor = process.stderr.isTTY ? '\x1b[?25h\n' : ''
  writeLastWords(`${cursor}rdblens: stopped by ${signal}; no unfinished file is left.\n`)
  process.exit(SIGNAL_CODE + number)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, leave)
// However it ends: no server and no folder of `prove` is left; what was added last comes first.
process.once('exit', removeScratchFolders)
const library = libraryOnDemand((action) => process.prependOnceListener('exit', action))
// A reader that goes away between two writes is told by the next write; nobody else is interested.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})

const environment = {
  get stdin() {
    return process.stdin
  },
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  version,
  library,
  limitMemory,
}
const code = await run(process.argv.slice(2), environment)
// Standard input may still be open (`tail -f`), so the process is ended; what was written is out by now.
process.exit(code)
