import type { Argv, CommandModule } from 'yargs'
import { shownText } from '../../../reports/escape.js'
import { formatCount } from '../../../reports/format.js'
import type { WorkerEvent } from '../../batch-run/index.js'
import { parseDuration } from '../../units.js'
import { type Environment, UsageError } from '../environment.js'
import { EXIT, type ExitCode } from '../exit-codes.js'
import { printMessage } from '../messages.js'
import { flag, single, wholeNumber } from '../options.js'

const DEFAULT_JOBS = 1
const DEFAULT_LOCK = '30s'
/** Below this, a large key would look like a worker that is gone. */
const LEAST_LOCK_MS = 1000

interface WorkerArguments {
  readonly queue?: string | undefined
  readonly jobs?: string | undefined
  readonly threads?: string | undefined
  readonly lock?: string | undefined
  readonly allowCommands?: boolean | undefined
  readonly quiet?: boolean | undefined
}

export function workerCommand(
  environment: Environment,
  done: (code: ExitCode) => void,
): CommandModule<object, WorkerArguments> {
  return {
    command: 'worker',
    describe: 'Reads dumps for nightly --queue, on this machine, until it is stopped',

    builder: (yargs: Argv) =>
      yargs
        .options({
          queue: single('The job server: redis://HOST:PORT, rediss://... or unix:///path/of/socket'),
          jobs: single(`Dumps at a time [${DEFAULT_JOBS}]`),
          threads: single('Threads per dump [as the config of the night says]'),
          lock: single(`A worker that is silent for so long has lost its job to another [${DEFAULT_LOCK}]`),
          'allow-commands': flag('Run the commands that are sources of a night'),
          quiet: flag('Only what is wrong', { alias: 'q' }),
        })
        .example('$0 worker --queue redis://jobs:6379', 'On every machine that sees the dumps')
        .example('$0 worker --queue redis://jobs:6379 --allow-commands', 'Sources may be commands, too')
        .epilogue(
          'It needs the packages bullmq and ioredis: npm install bullmq ioredis. Whoever can write to the job server ' +
            'says what is read here: give it a password. It is never a server that is analyzed.',
        ) as unknown as Argv<WorkerArguments>,

    handler: async (args) => {
      if (args.queue === undefined)
        throw new UsageError('name the job server: rdblens worker --queue redis://HOST:6379')
      const jobs = args.jobs === undefined ? DEFAULT_JOBS : wholeNumber('jobs', args.jobs, 1)
      const threads = args.threads === undefined ? undefined : wholeNumber('threads', args.threads, 1)
      const lockMs = parseDuration(args.lock ?? DEFAULT_LOCK)
      if (lockMs < LEAST_LOCK_MS) throw new UsageError(`--lock ${args.lock}: at least 1s`)
      const batch = await import('../../batch-run/index.js')
      const onEvent = (event: WorkerEvent): void => show(event, args.quiet === true, environment)
      try {
        const allowCommands = args.allowCommands === true
        await batch.runWorker({ url: args.queue, jobs, lockMs, threads, allowCommands, onEvent })
      } catch (error) {
        if (!(error instanceof batch.QueueError)) throw error
        printMessage(environment.stderr, [`${error.message}.`, error.advice])
        done(EXIT.usage)
      }
    },
  }
}

/** A line per event: what goes well to standard output, what does not to standard error. */
function show(event: WorkerEvent, quiet: boolean, { stdout, stderr }: Environment): void {
  if (event.kind === 'trouble' || event.kind === 'failed') {
    const about = event.kind === 'failed' ? `${event.dataset}/${event.shard}: ` : ''
    printMessage(stderr, [`${about}${event.reason}.`])
    return
  }
  if (quiet) return
  if (event.kind === 'ready') {
    stdout.write('waiting for jobs\n')
    return
  }
  const name = shownText(`${event.dataset}/${event.shard}`)
  const what =
    event.kind === 'begun'
      ? 'begun'
      : `${event.status}, ${formatCount(event.keys)} keys, ${(event.durationMs / 1000).toFixed(1)} s`
  stdout.write(`${name}: ${what}\n`)
}
