import type { RdbKey } from '../parsers/index.js'
import type { SavingsReport } from '../reports/report.js'
import { RewritingExporter } from './export/rewriting.js'
import { exportThrough } from './export-dump.js'
import { rereadableBytes } from './io/scratch-folder.js'
import type { NamePatterns } from './optimizations/names.js'
import type { Change, PieceSink } from './optimizations/optimization.js'
import { ParameterError, type ParameterTexts } from './optimizations/parameters.js'
import { inChain } from './optimizations/pieces.js'
import type { ShapeSink } from './optimizations/rewriter.js'
import type { FileOutcome, ReadRequest, Sink } from './requests.js'
import { simulate } from './simulate.js'

/** Which changes are made to the data. */
export interface RewriteOptions {
  /** Ids of techniques, in the order in which they are carried out. */
  readonly sequence: readonly string[]
  readonly parameters?: ParameterTexts | undefined
}

/** What became of the dumps, and remarks on techniques. */
export interface Rewritten {
  readonly files: readonly FileOutcome[]
  readonly notes: readonly string[]
}

/** What was chosen in a first reading, ready to be carried out in a second one. */
export interface ChosenChanges {
  readonly savings: SavingsReport
  /** By id of the technique; a technique that is not here has nothing that could be carried out. */
  readonly changes: ReadonlyMap<string, Change>
  readonly names: NamePatterns | null
  readonly files: readonly FileOutcome[]
}

/**
 * Lets techniques choose what they would do to the data.
 * @param sequence priced one behind the other; without it each is priced alone
 */
export async function chooseChanges(
  request: ReadRequest,
  techniques: readonly string[] | undefined,
  parameters: ParameterTexts | undefined,
  sequence?: readonly string[],
): Promise<ChosenChanges> {
  const changes = new Map<string, Change>()
  let names: NamePatterns | null = null
  const { report, files } = await simulate(request, {
    techniques,
    parameters,
    plan: false,
    sequence: sequence === undefined ? undefined : { ids: sequence },
    onOutcome: (id, { change }, context) => {
      names = context.names
      if (change !== undefined) changes.set(id, change)
    },
  })
  return { savings: report, changes, names, files }
}

/** The settings that changes ask for; of two limits the higher one holds. */
export function settingsOf(changes: readonly Change[]): Readonly<Record<string, string | number>> {
  const all: Record<string, string | number> = {}
  for (const change of changes) {
    if (change.kind !== 'setting') continue
    for (const [name, value] of Object.entries(change.settings)) {
      const before = all[name]
      all[name] = typeof before === 'number' && typeof value === 'number' ? Math.max(before, value) : value
    }
  }
  return all
}

/** Puts changes of keys in front of a sink, the first one outermost. */
export function throughAll(changes: readonly Change[], sink: PieceSink): ShapeSink {
  const [gathering] = changes.filter(({ kind }) => kind === 'gather')
  let next: ShapeSink = gathering?.kind === 'gather' ? gathering.through(sink) : sink
  for (const change of inChain(changes, (one) => one).reverse()) {
    if (change.kind === 'keys') next = change.through(next)
  }
  return next
}

/**
 * Writes the data as it would be behind the changes, as commands for an empty server. Two readings: the first one
 * chooses, the second one writes. Settings come first, as CONFIG SET.
 *
 * @throws ParameterError when that cannot be done with these techniques on this data
 */
export async function rewriteDump(
  request: ReadRequest,
  { sequence, parameters }: RewriteOptions,
  sink: Sink,
): Promise<Rewritten> {
  for (const { path } of request.inputs) {
    await rereadableBytes(path, 'the first reading says what is to be changed, the second one writes it')
  }
  const chosen = await chooseChanges(request, sequence, parameters, sequence.length > 1 ? sequence : undefined)
  const notes: string[] = []
  const changes = changesIn(sequence, chosen, notes)
  const files = await exportThrough(
    request,
    (accept: (key: RdbKey) => boolean) => {
      const exporter = new RewritingExporter({
        accept,
        names: chosen.names!,
        through: (next) => throughAll(changes, next),
      })
      for (const [name, value] of Object.entries(settingsOf(changes))) {
        exporter.resp.command('CONFIG', 'SET', name, String(value))
      }
      return exporter
    },
    sink,
  )
  return { files, notes }
}

/**
 * The changes of a sequence, in order. Techniques with nothing to do are left out, and named in `notes`.
 * @throws ParameterError when one of them cannot be carried out
 */
export function changesIn(sequence: readonly string[], chosen: ChosenChanges, notes: string[]): readonly Change[] {
  const changes = sequence.flatMap((id) => {
    const change = changeOf(id, chosen)
    if (change === null) notes.push(`${id}: nothing to do on this data; it stays as it is.`)
    return change ?? []
  })
  return changes
}

/** Null when there is nothing to do. */
function changeOf(id: string, { savings, changes }: ChosenChanges): Change | null {
  const result = savings.techniques.find((technique) => technique.id === id)
  if (result === undefined) throw new ParameterError(`${id}: there is no such technique`)
  switch (result.status) {
    case 'applies': {
      const change = changes.get(id)
      if (change !== undefined) return isLeftOut(id, savings) ? null : change
      throw new ParameterError(`${id} is advice: there is nothing in it that could be written as commands`)
    }
    case 'nothing-to-do':
      return null
    default:
      throw new ParameterError(`${id} cannot be carried out here: ${result.assumptions[0]}`)
  }
}

/** Behind the techniques before it, there is nothing to gain for it any more. */
function isLeftOut(id: string, { plan, planSummary }: SavingsReport): boolean {
  return planSummary?.kind === 'sequence' && !plan.some((step) => step.id === id)
}
