/**
 * Deterministic dumps for benchmarks, written as RDB bytes without any server:
 *
 *     npx tsx bench/generate.ts SHAPE [--keys N] [--seed S] [--scale X] [--out FOLDER]
 *
 * `--scale` multiplies the sizes of big collections and large values. The same arguments give the same file.
 */
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Random } from './random.js'
import { RdbWriter } from './rdb-writer.js'
import { SHAPES, type Shape } from './shapes.js'

export const DATA_FOLDER = join(dirname(fileURLToPath(import.meta.url)), 'data')

/** Expiries lie in 2100 to 2110, so that no key expires while a dump is in use. */
const EXPIRE_FIRST_MS = 4_102_444_800_000
const EXPIRE_SPAN_MS = 10 * 365 * 86_400_000

export interface DumpOptions {
  readonly keys: number
  readonly seed: number
  readonly scale: number
}

/** Writes the dump unless it is there, and returns its path. */
export function generate(name: string, options: DumpOptions, folder = DATA_FOLDER): string {
  const shape = shapeOf(name)
  const scale = options.scale === 1 ? '' : `-x${options.scale}`
  const path = join(folder, `${name}-${options.keys}-s${options.seed}${scale}.rdb`)
  if (existsSync(path)) return path
  mkdirSync(folder, { recursive: true })
  writeDump(`${path}.part`, shape, options)
  renameSync(`${path}.part`, path)
  return path
}

export function shapeOf(name: string): Shape {
  const shape = SHAPES[name]
  if (shape === undefined)
    throw new Error(`no shape ${JSON.stringify(name)}: there are ${Object.keys(SHAPES).join(', ')}`)
  return shape
}

export function writeDump(path: string, shape: Shape, { keys, seed, scale }: DumpOptions): void {
  const random = new Random(seed)
  const { expiringOfTen } = shape
  const expires = Math.floor(keys / 10) * expiringOfTen + Math.min(keys % 10, expiringOfTen)
  const writer = new RdbWriter(path, keys, expires)
  for (let index = 0; index < keys; index++) {
    const expiresAtMs = index % 10 < expiringOfTen ? EXPIRE_FIRST_MS + random.below(EXPIRE_SPAN_MS) : -1
    shape.write(writer, random, index, expiresAtMs, scale)
  }
  writer.end()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      keys: { type: 'string' },
      seed: { type: 'string', default: '1' },
      scale: { type: 'string', default: '1' },
      out: { type: 'string', default: DATA_FOLDER },
    },
  })
  if (positionals.length === 0) {
    console.error('usage: npx tsx bench/generate.ts SHAPE [--keys N] [--seed S] [--scale X] [--out FOLDER]\n\nshapes:')
    for (const [name, shape] of Object.entries(SHAPES)) console.error(`  ${name.padEnd(16)} ${shape.title}`)
    process.exit(2)
  }
  for (const name of positionals) {
    const keys = values.keys === undefined ? shapeOf(name).defaultKeys : Number(values.keys)
    console.log(generate(name, { keys, seed: Number(values.seed), scale: Number(values.scale) }, values.out))
  }
}
