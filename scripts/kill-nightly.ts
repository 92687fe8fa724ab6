/**
 * Kills runs of `rdblens nightly` at random moments (SIGKILL), runs them again, and compares what is there then with
 * what an undisturbed run leaves: `npx tsx scripts/kill-nightly.ts [kills] [seed]`. Ends with 1 when anything differs.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { layoutOf, readHistory } from '../src/batch-run/index.js'
import { fleetConfig, writeFleetNight } from '../test/helpers/fleet.js'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

export interface KillReport {
  readonly kills: number
  /** Runs that were over before the kill came; they do not count. */
  readonly late: number
  /** Sentences; empty: every state was the same. */
  readonly differences: readonly string[]
}

/** The config is that of a small fleet: three data sets of four shards, second night. */
export async function killNightly(kills: number, seed: number, keys = 100, formats?: string): Promise<KillReport> {
  const work = mkdtempSync(join(tmpdir(), 'rdblens-kill-'))
  try {
    const before = join(work, 'before')
    writeFleetNight(join(before, 'dumps'), 0, { keys, isLast: false })
    writeFileSync(join(before, 'rdblens.config.yaml'), fleetConfig('', formats))
    await nightly(before, null)
    writeFleetNight(join(before, 'dumps'), 1, { keys, isLast: true })
    // All runs are in one place: what a dump is known by has its path in it.
    const folder = join(work, 'run')
    const begin = (): void => {
      rmSync(folder, { recursive: true, force: true })
      cpSync(before, folder, { recursive: true, preserveTimestamps: true })
    }
    begin()
    const started = performance.now()
    await nightly(folder, null)
    const durationMs = performance.now() - started
    const wanted = await stateOf(folder)
    const differences: string[] = []
    let late = 0
    let random = seed
    for (let kill = 0; kill < kills && late < kills; ) {
      random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0
      const afterMs = Math.round((random / 2 ** 32) * durationMs)
      begin()
      if (await nightly(folder, afterMs)) kill++
      else late++
      await nightly(folder, null)
      const found = await stateOf(folder)
      for (const name of new Set([...Object.keys(wanted), ...Object.keys(found)])) {
        if (wanted[name] !== found[name])
          differences.push(`kill ${kill} after ${afterMs} ms (seed ${seed}): ${name} differs`)
      }
    }
    return { kills, late, differences }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Runs the command; with a time, kills it then. Gives true when it was killed. */
async function nightly(folder: string, killAfterMs: number | null): Promise<boolean> {
  const tsx = join(ROOT, 'node_modules/tsx/dist/esm/index.mjs')
  const child = spawn(process.execPath, ['--import', tsx, join(ROOT, 'src/cli/main.ts'), 'nightly', '--quiet'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const timer = killAfterMs === null ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.on('close', (...ended) => resolve(ended)),
  )
  clearTimeout(timer)
  // 4: one of the dumps is cut, as it should be.
  if (signal === null && ![0, 1, 4].includes(code!)) throw new Error(`nightly ended with ${code}: ${said}`)
  return signal === 'SIGKILL'
}

/** Digests of all files, names of leftovers, and the rows of the history. */
async function stateOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const out = join(folder, 'out')
  const state: Record<string, string> = {}
  for (const entry of readdirSync(out, { recursive: true, withFileTypes: true, encoding: 'utf8' })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile()) continue
    const name = path.slice(out.length + 1)
    const isOwnWork = name.startsWith('.rdblens/') || name.endsWith('.sqlite')
    state[name] = isOwnWork ? 'there' : createHash('sha256').update(readFileSync(path)).digest('hex')
  }
  const rows = await readHistory(layoutOf(out).history, (history) => [
    ...[
      history.datasets(),
      history.shards(),
      history.patterns(),
      history.bigKeys(),
      history.owners(),
      history.findings(),
    ],
  ])
  return { ...state, 'rows of the history': JSON.stringify(rows) }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [kills = 20, seed = 1] = process.argv.slice(2).map(Number)
  const { late, differences } = await killNightly(kills, seed)
  for (const sentence of differences) console.error(sentence)
  console.log(`${kills} kills, ${late} more too late; ${differences.length} differences`)
  if (differences.length > 0) process.exit(1)
}
