import { describe } from '../../parsers/index.js'
import { formatCount, plural } from '../../reports/format.js'
import type { Environment } from './environment.js'
import { EXIT, type ExitCode } from './exit-codes.js'
import type { FileOutcome } from './library.js'
import { explainEnd, printMessage } from './messages.js'

/** Damaged places that are named one by one. */
const SHOWN_RANGES = 5

/**
 * Says on standard error what the user should know about the inputs, and gives the exit code. Damage is said
 * even when remarks are not wanted.
 */
export function reportOutcome(
  files: readonly FileOutcome[],
  { stderr }: Pick<Environment, 'stderr'>,
  { quiet, strict }: { readonly quiet?: boolean | undefined; readonly strict?: boolean | undefined },
): ExitCode {
  let code: ExitCode = EXIT.done
  for (const file of files) {
    const damage = damageOf(file)
    if (damage.length > 0) {
      printMessage(stderr, [...damage, `Exit code ${EXIT.partial}.`])
      code = EXIT.partial
    }
    const remarks = remarksOn(file)
    if (strict === true && remarks.length > 0) {
      for (const remark of remarks) printMessage(stderr, [remark, `Exit code ${EXIT.partial}, because of --strict.`])
      code = EXIT.partial
    } else if (quiet !== true) for (const remark of remarks) printMessage(stderr, [remark])
  }
  if (quiet !== true) for (const remark of nothingLeft(files)) printMessage(stderr, [remark])
  return code
}

function nothingLeft(files: readonly FileOutcome[]): readonly string[] {
  const keys = files.reduce((sum, file) => sum + file.keys, 0)
  const leftOut = files.reduce((sum, file) => sum + file.filteredKeys, 0)
  return keys === 0 && leftOut > 0 ? [`no key passes the filters: ${plural(leftOut, 'key')} left out`] : []
}

/** A profile of a dump that was cut gives a partial result, too. */
export function worse(code: ExitCode, partialDumps: number, { stderr }: Environment): ExitCode {
  if (partialDumps === 0) return code
  const what = plural(partialDumps, 'dump')
  printMessage(stderr, [`the profiles cover ${what} only in part: cut or damaged.`, `Exit code ${EXIT.partial}.`])
  return EXIT.partial
}

function damageOf(file: FileOutcome): readonly string[] {
  const { read } = file
  const damage: string[] = []
  if (read.salvage !== null) {
    const { places, skippedBytes, ranges } = read.salvage
    damage.push(
      `${read.name} is damaged: reading went on behind ${plural(places, 'place')}, ${plural(skippedBytes, 'byte')} were passed over.`,
      ...ranges.slice(0, SHOWN_RANGES).map(({ from, to, error }) => {
        const bytes = to > from ? `Bytes ${from} to ${to}` : `Back from byte ${error.at.offset} to ${to}`
        return `${bytes}: ${describe(error.problem)}.`
      }),
    )
    if (places > SHOWN_RANGES) damage.push(`rdblens check --salvage ${read.name} lists more of them.`)
  }
  if (read.error !== null) return [...damage, ...explainEnd(file)]
  if (file.checksum === 'wrong' && read.salvage === null) {
    damage.push(
      `${read.name} has a wrong checksum: its bytes were changed after the server wrote them.`,
      'All records could be read, but numbers may be wrong. Copy it again.',
    )
  }
  if (file.damagedKeys > 0) {
    damage.push(`${read.name} has ${plural(file.damagedKeys, 'damaged key')}; rdblens check ${read.name} lists them.`)
  }
  return damage
}

function remarksOn(file: FileOutcome): readonly string[] {
  const { read } = file
  const remarks: string[] = [...read.notes]
  const { trailing } = read
  if (trailing !== null && read.error === null) {
    const bytes = plural(trailing.bytes, 'byte')
    if (trailing.what === 'commands') {
      const names = trailing.names.slice(0, 3).map(([name]) => name)
      remarks.push(
        `${read.name}: ${plural(trailing.commands, 'command')} behind the RDB are not included (${bytes}; mostly ${names.join(', ')})`,
      )
    } else if (trailing.what === 'another-rdb') {
      remarks.push(`${read.name}: another RDB follows the first one and is not included (${bytes})`)
    } else if (trailing.what === 'unknown') {
      remarks.push(`${read.name}: ${bytes} behind the end of the RDB were passed over`)
    }
  }
  for (const part of read.increments) {
    remarks.push(
      part.problem === null
        ? `${part.name}: ${plural(part.commands, 'command')} since the base are not included`
        : `commands since the base are not included, and could not be counted: ${part.problem}`,
    )
  }
  const seen = new Set<string>()
  for (const warning of file.warnings) {
    // One line per kind: a damaged file can have thousands.
    if (warning.code === 'damaged-key' || warning.code === 'skipped' || seen.has(warning.code)) continue
    if (warning.code === 'newer-version' && read.error !== null) continue
    seen.add(warning.code)
    const more = file.warnings.filter((other) => other.code === warning.code).length - 1
    remarks.push(`${read.name}: ${warning.message}${more > 0 ? ` (and ${formatCount(more)} more like this)` : ''}`)
  }
  return remarks
}
