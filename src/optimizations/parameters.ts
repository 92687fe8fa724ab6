import { type ByteMatcher, compileGlob } from '../glob.js'

/** A parameter of a technique, as `--param ID.NAME=VALUE` sets it. */
export interface ParameterSpec {
  readonly name: string
  readonly kind: 'number' | 'text' | 'list' | 'renames' | 'choice' | 'choices'
  /** One line: what it means, and what happens without it. */
  readonly describe: string
  /** Of a number. */
  readonly least?: number
  readonly most?: number
  /** Of one choice, or of several with commas. */
  readonly choices?: readonly string[]
  /** Without it the technique chooses by itself. */
  readonly preset?: number | string
}

/** Leading text, or a name, and what takes its place. */
export interface Rename {
  readonly from: string
  readonly to: string
}

export type ParameterValue = number | string | readonly string[] | readonly Rename[]

/** Texts by technique and name: what the command line and a parameter file amount to. */
export type ParameterTexts = Readonly<Record<string, Readonly<Record<string, string>>>>

/** A parameter that does not exist or cannot be read; the message says what is accepted. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError'
}

/** Every technique takes it. */
const MATCH: ParameterSpec = { name: 'match', kind: 'text', describe: 'glob: only keys with such names' }

/** The parameters of one technique, checked. */
export class Parameters {
  readonly #values = new Map<string, ParameterValue>()

  /** @throws ParameterError */
  constructor(id: string, specs: readonly ParameterSpec[], texts: Readonly<Record<string, string>> = {}) {
    for (const { name, preset } of specs) if (preset !== undefined) this.#values.set(name, preset)
    const known = [MATCH, ...specs]
    for (const [name, text] of Object.entries(texts)) {
      const spec = known.find((candidate) => candidate.name === name)
      if (spec === undefined) {
        const names = known.map((candidate) => candidate.name).join(', ')
        throw new ParameterError(`--param ${id}.${name}: no such parameter; ${id} takes ${names}`)
      }
      this.#values.set(name, parse(`--param ${id}.${name}=${text}`, spec, text))
    }
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  number(name: string): number | undefined {
    return this.#values.get(name) as number | undefined
  }

  text(name: string): string | undefined {
    return this.#values.get(name) as string | undefined
  }

  list(name: string): readonly string[] | undefined {
    return this.#values.get(name) as readonly string[] | undefined
  }

  renames(name: string): readonly Rename[] | undefined {
    return this.#values.get(name) as readonly Rename[] | undefined
  }

  /** Which keys; null for all. */
  get match(): ByteMatcher | null {
    const glob = this.text('match')
    return glob === undefined ? null : compileGlob(glob)
  }

  /** As the report shows them. */
  get shown(): Record<string, unknown> {
    return Object.fromEntries(this.#values)
  }
}

/** Reads `ID.NAME=VALUE`; later ones win. @throws ParameterError */
export function parseParameters(texts: readonly string[], ids: readonly string[]): ParameterTexts {
  const found: Record<string, Record<string, string>> = {}
  for (const text of texts) {
    const match = /^([a-z0-9-]+)\.([A-Za-z]+)=(.*)$/s.exec(text)
    if (match === null) throw new ParameterError(`--param ${JSON.stringify(text)}: write it as ID.NAME=VALUE`)
    const [, id, name, value] = match as unknown as [string, string, string, string]
    if (!ids.includes(id)) throw new ParameterError(`--param ${text}: no technique ${id}; see rdblens techniques`)
    found[id] = { ...found[id], [name]: value }
  }
  return found
}

/** Reads the same tree from JSON: `{"bucket-strings": {"buckets": 92}}`. @throws ParameterError */
export function parseParameterFile(text: string, file: string, ids: readonly string[]): ParameterTexts {
  let tree: unknown
  try {
    tree = JSON.parse(text)
  } catch (error) {
    throw new ParameterError(`${file}: not JSON (${(error as Error).message})`)
  }
  if (!isObject(tree)) throw new ParameterError(`${file}: write an object of techniques, each an object of parameters`)
  const lines: string[] = []
  for (const [id, parameters] of Object.entries(tree)) {
    if (!isObject(parameters)) throw new ParameterError(`${file}: ${id}: write an object of parameters`)
    for (const [name, value] of Object.entries(parameters)) lines.push(`${id}.${name}=${textOf(value)}`)
  }
  return parseParameters(lines, ids)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(',')
  if (!isObject(value)) return String(value)
  return Object.entries(value)
    .map(([from, to]) => `${from}=${to}`)
    .join(',')
}

function parse(where: string, spec: ParameterSpec, text: string): ParameterValue {
  switch (spec.kind) {
    case 'text':
      return text
    case 'list':
      return parts(where, text)
    case 'choice':
      return chosen(where, spec, text)
    case 'choices':
      return [...new Set(parts(where, text).map((part) => chosen(where, spec, part)))]
    case 'renames':
      return parts(where, text).map((part) => rename(where, part))
    case 'number': {
      const value = Number(text)
      const { least = 0, most = 2 ** 31 - 1 } = spec
      if (/^-?\d+$/.test(text) && value >= least && value <= most) return value
      throw new ParameterError(`${where}: write a whole number from ${least} to ${most}`)
    }
  }
}

function chosen(where: string, { choices }: ParameterSpec, text: string): string {
  if (choices!.includes(text)) return text
  throw new ParameterError(`${where}: choose from ${choices!.join(', ')}`)
}

function parts(where: string, text: string): readonly string[] {
  const found = text.split(',')
  if (found.includes('')) throw new ParameterError(`${where}: something is missing between the commas`)
  return found
}

/**
 * `from=to`, or `from:to` where the names hold no `=`. Names of keys often hold colons, so the first `=` wins.
 */
function rename(where: string, text: string): Rename {
  const at = text.includes('=') ? text.indexOf('=') : text.lastIndexOf(':')
  if (at <= 0) throw new ParameterError(`${where}: write FROM=TO, several with commas`)
  return { from: text.slice(0, at), to: text.slice(at + 1) }
}
