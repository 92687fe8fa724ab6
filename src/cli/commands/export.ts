import type { Argv, CommandModule } from 'yargs'
import { type Environment, UsageError } from '../environment.js'
import type { ExitCode } from '../exit-codes.js'
import type { ExportOptions, FileOutcome } from '../library.js'
import { memoryOptions, outputOptions, type ReadArguments, readOptions, readRequest, redactOption } from '../options.js'
import { reportOutcome } from '../outcome.js'
import { checkReadings, destinations, openOutput, streamTo } from '../outputs.js'
import { Progress } from '../progress.js'

const FORMATS = ['jsonl', 'json', 'resp'] as const

interface ExportArguments extends ReadArguments {
  readonly format: readonly string[]
  readonly output?: string | undefined
  readonly binary: string
}

export function exportCommand(
  environment: Environment,
  done: (code: ExitCode) => void,
): CommandModule<object, ExportArguments> {
  const { library } = environment
  return {
    command: 'export <dump...>',
    describe: 'The decoded contents: JSON lines, JSON, or commands for redis-cli --pipe',

    builder: (yargs: Argv) =>
      redactOption(outputOptions(memoryOptions(readOptions(yargs)), FORMATS, 'jsonl'))
        .option('binary', {
          choices: ['text', 'base64'] as const,
          default: 'text',
          group: 'Output:',
          describe: 'base64: keys and values as base64, so that no byte is lost',
        })
        .example("$0 export dump.rdb --match 'user:*'", 'One JSON object per key')
        .example(
          '$0 export dump.rdb --format resp | redis-cli --pipe',
          'Into a scratch server',
        ) as unknown as Argv<ExportArguments>,

    handler: async (args) => {
      const results = destinations(args.format, args.output, FORMATS)
      if (args.binary === 'base64' && results.some(({ format }) => format === 'resp')) {
        throw new UsageError('--binary base64 is about JSON: RESP holds every byte as it is')
      }
      if (args.redact !== undefined && args.redact !== 'none') {
        throw new UsageError(
          'export writes the values themselves, which --redact does not touch: use rdblens keys --redact, or leave it out',
        )
      }
      const binary = args.binary === 'base64' ? 'base64' : 'text'
      const progress = Progress.of(args, environment)
      const request = await readRequest(args, environment, (now) => progress.update(now))
      checkReadings(results, request.inputs)
      let files: readonly FileOutcome[] = []
      try {
        for (const { format, path } of results) {
          const options: ExportOptions = { format: format as ExportOptions['format'], binary }
          files = await streamTo(await openOutput(path, environment), (sink) =>
            library.exportDump(request, options, sink),
          )
        }
      } finally {
        progress.stop()
      }
      done(reportOutcome(files, environment, args))
    },
  }
}
