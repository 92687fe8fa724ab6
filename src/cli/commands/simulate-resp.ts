import type { ParameterTexts } from '../../optimizations/index.js'
import { type Environment, UsageError } from '../environment.js'
import type { ExitCode } from '../exit-codes.js'
import { printMessage } from '../messages.js'
import { type ReadArguments, readRequest } from '../options.js'
import { reportOutcome } from '../outcome.js'
import { onlyDestination, openOutput } from '../outputs.js'
import { Progress } from '../progress.js'

/** What `simulate --format resp` takes. */
export interface RespArguments extends ReadArguments {
  readonly format: readonly string[]
  readonly output?: string | undefined
}

/** True when the rewritten data are asked for, in place of a report on them. */
export function asksForResp(formats: readonly string[]): boolean {
  return formats.some((format) => format === 'resp' || format.startsWith('resp:'))
}

/** `simulate --format resp`: the data as they would be, as commands for an empty server. */
export async function writeRewritten(
  args: RespArguments,
  techniques: readonly string[] | undefined,
  sequence: readonly string[] | undefined,
  parameters: ParameterTexts,
  environment: Environment,
): Promise<ExitCode> {
  const { path } = onlyDestination(args.format, args.output, ['resp'])
  const ids = sequence ?? techniques
  if (ids === undefined) {
    throw new UsageError('--format resp writes the data as a technique leaves them: name it with --technique ID')
  }
  if (sequence === undefined && ids.length > 1) {
    throw new UsageError(`--format resp with several techniques: say their order with --sequence ${ids.join(',')}`)
  }
  if (args.redact !== undefined && args.redact !== 'none') {
    throw new UsageError('--format resp writes keys and values themselves, which --redact does not touch')
  }
  const progress = Progress.of(args, environment)
  const request = await readRequest(args, environment, (now) => progress.update(now))
  const output = await openOutput(path, environment)
  try {
    const { files, notes } = await environment.library.rewriteDump(request, { sequence: ids, parameters }, (piece) =>
      output.write(piece),
    )
    await output.close()
    progress.stop()
    if (args.quiet !== true) for (const note of notes) printMessage(environment.stderr, [note])
    return reportOutcome(files, environment, args)
  } catch (error) {
    await output.abort()
    throw error
  } finally {
    progress.stop()
  }
}
