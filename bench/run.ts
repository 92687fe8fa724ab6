/**
 * `npm run bench`: how fast the built command reads dumps of several shapes, beside `cat` and `redis-check-rdb`.
 *
 *     npm run bench -- [--shapes small-strings,mixed-app] [--factor 0.1] [--keys N] [--scale X] [--seed S]
 *                      [--runs 5] [--commands analyze,keys-csv] [--files a.rdb,b.rdb] [--args="--threads 1"] [--json FILE]
 *                      [--compare "COMMAND {file}"]
 *
 * Without further options each shape has its full size (5 million small strings; some minutes in all). `--factor`
 * multiplies the number of keys of every shape, `--keys` sets it, `--scale` multiplies the size of big collections and
 * large values. Programs run in turns, one round after another, so that a change of the machine's load meets all of
 * them; medians are printed. Dumps are kept in bench/data.
 *
 * `--compare` runs any other program beside ours, as often as it is given: `--compare "redis-check-rdb {file}"`. What
 * it prints is thrown away; `{file}` stands for the path of the dump. Then the last column is the time in units of the
 * first one of these programs, instead of `cat`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { generate, shapeOf } from './generate.js'
import { type Measurement, measure, median } from './measure.js'
import { SHAPES } from './shapes.js'

const CLI = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url))

/** What is measured: the arguments of rdblens, the dump left out. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  analyze: ['analyze', '--format', 'text'],
  'keys-csv': ['keys', '--format', 'csv'],
  'keys-jsonl': ['keys', '--format', 'jsonl'],
  'export-jsonl': ['export', '--format', 'jsonl'],
  'export-resp': ['export', '--format', 'resp'],
  check: ['check'],
  /** Parses and prices every key and adds them up; no collector looks at them, and no row is written. */
  'keys-count': ['keys', '--format', 'csv', '--min-bytes', '1000TB'],
}

interface Program {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
}

interface Row {
  readonly dump: string
  readonly keys: number
  readonly bytes: number
  readonly program: string
  readonly seconds: number
  readonly keysPerSecond: number
  readonly bytesPerSecond: number
  readonly peakRssBytes: number
  readonly cpuSeconds: number
  readonly runs: number
}

const { values } = parseArgs({
  options: {
    shapes: { type: 'string', default: Object.keys(SHAPES).join() },
    files: { type: 'string' },
    keys: { type: 'string' },
    factor: { type: 'string', default: '1' },
    scale: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '5' },
    compare: { type: 'string', multiple: true, default: [] },
    commands: { type: 'string', default: Object.keys(COMMANDS).join() },
    args: { type: 'string', default: '' },
    json: { type: 'string' },
  },
})

if (!existsSync(CLI)) {
  console.error('bench: dist/src/cli/main.js is missing: npm run build')
  process.exit(2)
}
const chosen = values.commands.split(',').filter((name) => name !== '')
for (const name of chosen) {
  if (COMMANDS[name] === undefined) {
    console.error(`bench: no command ${name}: there are ${Object.keys(COMMANDS).join(', ')}`)
    process.exit(2)
  }
}
const extra = values.args.split(' ').filter((arg) => arg !== '')
for (const command of values.compare) {
  if (command.includes('{file}')) continue
  console.error(`bench: --compare ${JSON.stringify(command)} does not say where the dump goes: write {file}`)
  process.exit(2)
}
const hasChecker = spawnSync('redis-check-rdb', ['--version']).error === undefined
if (!hasChecker) console.log('redis-check-rdb is not installed (Debian: apt-get install redis-tools); left out')
console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown CPU'}, load ${load()}`)

const rows: Row[] = []
for (const { path, keys } of dumps()) {
  rows.push(...(await benchmark(path, keys, Number(values.runs))))
}
if (values.json !== undefined) {
  const machine = { node: process.version, cpus: cpus().length, model: cpus()[0]?.model, load: loadavg() }
  writeFileSync(values.json, `${JSON.stringify({ machine, rows }, null, 2)}\n`)
}

function* dumps(): Generator<{ path: string; keys: number }> {
  if (values.files !== undefined) {
    for (const path of values.files.split(',')) yield { path, keys: countKeys(path) }
    return
  }
  for (const name of values.shapes.split(',')) {
    const keys = Math.max(1, Math.round(Number(values.keys ?? shapeOf(name).defaultKeys) * Number(values.factor)))
    yield { path: generate(name, { keys, seed: Number(values.seed), scale: Number(values.scale) }), keys }
  }
}

async function benchmark(path: string, keys: number, runs: number): Promise<Row[]> {
  const bytes = statSync(path).size
  console.log(`\n${basename(path)}: ${keys.toLocaleString('en')} keys, ${(bytes / 1e6).toFixed(1)} MB, load ${load()}`)
  const unit = values.compare.length === 0 ? 'cat' : shown(values.compare[0]!)
  console.log(`program           seconds     keys/s     MB/s   peak RSS  CPU s   times ${unit}`)
  const programs = programsFor(path)
  const measured = new Map<string, Measurement[]>(programs.map(({ name }) => [name, []]))
  await measure('cat', [path]) // brings the file into the page cache
  for (let run = 0; run < runs; run++) {
    for (const program of [...programs]) {
      const { name, command, args } = program
      try {
        measured.get(name)?.push(await measure(command, args))
      } catch (error) {
        if (command === process.execPath) throw error
        // Another program that cannot read this dump.
        console.log(`${name}: left out, ${(error as Error).message.replace(/^.* ended/s, 'ended')}`)
        programs.splice(programs.indexOf(program), 1)
      }
    }
  }
  const seconds = (name: string): number => median((measured.get(name) ?? []).map((one) => one.seconds))
  return programs.map(({ name }) => {
    const all = measured.get(name) ?? []
    const row: Row = {
      dump: basename(path),
      keys,
      bytes,
      program: name,
      seconds: seconds(name),
      keysPerSecond: keys / seconds(name),
      bytesPerSecond: bytes / seconds(name),
      peakRssBytes: Math.max(...all.map((one) => one.peakRssBytes)),
      cpuSeconds: median(all.map((one) => one.cpuSeconds)),
      runs,
    }
    console.log(lineOf(row, seconds(unit)))
    return row
  })
}

function programsFor(path: string): Program[] {
  const programs: Program[] = [{ name: 'cat', command: 'cat', args: [path] }]
  if (hasChecker && values.compare.length === 0) {
    programs.push({ name: 'redis-check-rdb', command: 'redis-check-rdb', args: [path] })
  }
  for (const command of values.compare) {
    // The shell takes the command apart and makes way for it, so that what is measured is the program.
    const line = `exec ${command.replaceAll('{file}', `'${path.replaceAll("'", "'\\''")}'`)}`
    programs.push({ name: shown(command), command: '/bin/sh', args: ['-c', line] })
  }
  for (const name of chosen) {
    programs.push({ name, command: process.execPath, args: [CLI, ...COMMANDS[name]!, ...extra, '--no-progress', path] })
  }
  return programs
}

/** The program of a command line, short enough for the table. */
function shown(command: string): string {
  const words = command.replaceAll('{file}', '').trim().split(/\s+/)
  return [basename(words[0]!), ...words.slice(1)].join(' ').slice(0, 40)
}

function lineOf(row: Row, unitSeconds: number): string {
  return [
    row.program.padEnd(16),
    row.seconds.toFixed(3).padStart(8),
    Math.round(row.keysPerSecond).toLocaleString('en').padStart(11),
    (row.bytesPerSecond / 1e6).toFixed(1).padStart(8),
    (row.peakRssBytes === 0 ? '-' : `${(row.peakRssBytes / 1e6).toFixed(0)} MB`).padStart(9),
    row.cpuSeconds === 0 ? '      -' : row.cpuSeconds.toFixed(2).padStart(7),
    (Number.isNaN(unitSeconds) ? '-' : (row.seconds / unitSeconds).toFixed(2)).padStart(10),
  ].join(' ')
}

/** Of a dump that was not generated here, as `check` counts them. */
function countKeys(path: string): number {
  const run = spawnSync(process.execPath, [CLI, 'check', '--format', 'json', '--no-progress', path], {
    encoding: 'utf8',
  })
  const keys = /"keys":\s*(\d+)/.exec(run.stdout)?.[1]
  return keys === undefined ? 0 : Number(keys)
}

function load(): string {
  return loadavg()
    .map((value) => value.toFixed(1))
    .join(' ')
}
