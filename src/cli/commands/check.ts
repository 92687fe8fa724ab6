import type { Argv, CommandModule } from 'yargs'
import type { CheckReport } from '../../../reports/check-report.js'
import { checkJson, checkText } from '../../../reports/check-text.js'
import { writeAll } from '../../io/output.js'
import { memoryBudget } from '../../memory-budget.js'
import type { RedactMode } from '../../redact/modes.js'
import type { Environment } from '../environment.js'
import { EXIT, type ExitCode } from '../exit-codes.js'
import {
  dumpPositional,
  findInputs,
  limitsOf,
  maxMemoryOf,
  maxRatioOf,
  outputOptions,
  pathsOf,
  READING,
  redactOption,
  single,
  targetId,
} from '../options.js'
import { type Destination, destinations, keepInputs, openOutput, widthOf } from '../outputs.js'
import { Progress } from '../progress.js'

const FORMATS = ['text', 'json'] as const

interface CheckArguments {
  readonly dump: readonly string[]
  readonly format: readonly string[]
  readonly output?: string | undefined
  readonly dumpPayload?: boolean | undefined
  readonly salvage?: boolean | undefined
  readonly noVerify?: boolean | undefined
  readonly strict?: boolean | undefined
  readonly target?: string | undefined
  readonly maxRatio?: string | undefined
  readonly maxKeyBytes?: string | undefined
  readonly maxMemory?: string | undefined
  readonly limit?: readonly string[] | undefined
  readonly redact?: string | undefined
  readonly quiet?: boolean | undefined
  readonly noProgress?: boolean | undefined
}

export function checkCommand(
  environment: Environment,
  done: (code: ExitCode) => void,
): CommandModule<object, CheckArguments> {
  return {
    command: 'check <dump...>',
    describe: 'Is the dump whole: structure of every value, checksum, versions',

    builder: (yargs: Argv) =>
      redactOption(outputOptions(dumpPositional(yargs), FORMATS, 'text'))
        .options({
          salvage: READING.salvage,
          'no-verify': READING['no-verify'],
          strict: READING.strict,
          target: single('A server that may have to load it: redis-6.2, valkey-9.0', { group: 'Memory:' }),
          'max-ratio': READING['max-ratio'],
          'max-memory': READING['max-memory'],
          'max-key-bytes': READING['max-key-bytes'],
          limit: READING.limit,
          'dump-payload': READING['dump-payload'],
          quiet: { ...READING.quiet, describe: 'Only the exit code' },
          'no-progress': READING['no-progress'],
        })
        .example('$0 check dump.rdb && scp dump.rdb backup:', 'Copy it only when it is whole')
        .example('$0 check dump.rdb --target redis-6.2', 'Will that server load it?')
        .epilogue(
          'Exit code 0: whole; 1: --target does not load it; 3: not a dump; 4: cut or damaged.',
        ) as unknown as Argv<CheckArguments>,

    handler: async (args) => {
      const results = destinations(args.format, args.output, FORMATS)
      const budget = memoryBudget(maxMemoryOf(args.maxMemory))
      environment.limitMemory?.(budget)
      const target = targetId(args.target, environment.library.targetIds)
      const inputs = await findInputs(args.dump)
      await keepInputs(args, pathsOf(inputs))
      const progress = Progress.of(args, environment)
      const reports: CheckReport[] = []
      let keysBefore = 0
      try {
        for (const [file, input] of inputs.entries()) {
          const report = await environment.library.checkDump(input, {
            stdin: environment.stdin,
            dumpPayload: args.dumpPayload === true ? 'key' : undefined,
            salvage: args.salvage,
            parser: { verify: args.noVerify !== true },
            maxRatio: maxRatioOf(args.maxRatio),
            limits: { zstdWindowBytes: budget.zstdWindowBytes, ...limitsOf(args) },
            target,
            redact: args.redact as RedactMode | undefined,
            onProgress: (bytesRead, totalBytes, keys) =>
              progress.update({
                name: input.name,
                file,
                files: inputs.length,
                bytesRead,
                totalBytes,
                keys: keysBefore + keys,
              }),
          })
          keysBefore += report.keys
          reports.push(report)
        }
      } finally {
        progress.stop()
      }
      for (const result of results) {
        if (args.quiet !== true || result.path !== null) await write(result, reports, environment)
      }
      done(Math.max(...reports.map((report) => exitCodeOf(report, args.strict === true))) as ExitCode)
    },
  }
}

async function write(
  { format, path }: Destination,
  reports: readonly CheckReport[],
  environment: Environment,
): Promise<void> {
  const pieces = format === 'json' ? checkJson(reports) : texts(reports, widthOf(path, environment))
  await writeAll(await openOutput(path, environment), pieces)
}

function* texts(reports: readonly CheckReport[], columns: number): Generator<string> {
  for (const [index, report] of reports.entries()) {
    if (index > 0) yield '\n'
    yield* checkText(report, columns)
  }
}

function exitCodeOf(report: CheckReport, strict: boolean): ExitCode {
  switch (report.verdict) {
    case 'ok':
      return report.target?.loads === false ? EXIT.broken : EXIT.done
    case 'odd':
      if (strict) return EXIT.partial
      return report.target?.loads === false ? EXIT.broken : EXIT.done
    case 'unreadable':
      return EXIT.unreadable
    default:
      return EXIT.partial
  }
}
