import type { Dirent, Stats } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { compileGlob } from '../glob.js'
import type { ChosenRecords } from './chosen-records.js'
import { InputError, systemProblem } from './errors.js'
import { type AofManifest, parseManifest } from './manifest.js'

/** One dump to read, as found from what the user named. */
export interface InputFile {
  /** `-` for standard input. */
  readonly path: string
  /** How messages and reports call it. */
  readonly name: string
  /** Paths of the command files behind a multi-part AOF's base. */
  readonly increments: readonly string[]
  readonly notes: readonly string[]
  /** Of a dump that was read before: only these records. */
  readonly only?: ChosenRecords | undefined
}

/** Names of dumps in a directory; with the ending a compression adds. */
const DUMP_NAME = /\.(?:rdb|dfs)(?:\.(?:gz|gzip|zst|zstd|lz4|bz2|xz|zip))?$/i
const AOF_NAME = /\.aof$/i
/** Names that `analyze --save` is asked to write. */
const PROFILE_NAME = /\.profile\.json(?:\.gz)?$/i
const MANIFEST_NAME = /\.manifest$/i
/** What BGSAVE is writing, or what was left when it was killed (rdb.c, rdbSaveBackground). */
const TEMPORARY_NAME = /^temp-.*\.rdb$/i
const AOF_DIRECTORY = 'appendonlydir'
/** A manifest has a line per file; this is room for thousands. */
const MAX_MANIFEST_BYTES = 1 << 20

/**
 * Finds the dumps behind the arguments: files as they are, directories and globs as sorted lists.
 * A dump named twice is read once.
 *
 * @param prefer what is read of a directory that has both dumps and profiles; one that has no dumps: its profiles
 */
export async function expandInputs(
  paths: readonly string[],
  prefer: 'dumps' | 'profiles' = 'dumps',
): Promise<readonly InputFile[]> {
  const found: InputFile[] = []
  for (const path of paths)
    found.push(...((prefer === 'profiles' ? await profilesIn(path) : null) ?? (await expandOne(path))))
  return disambiguate(withoutRepeats(found))
}

/** Each file once; the remark says so, as who names a file twice may expect its keys twice. */
function withoutRepeats(files: readonly InputFile[]): readonly InputFile[] {
  const times = new Map<string, number>()
  for (const { path } of files) times.set(path, (times.get(path) ?? 0) + 1)
  const seen = new Set<string>()
  return files
    .filter((file) => !seen.has(file.path) && seen.add(file.path))
    .map((file) =>
      times.get(file.path) === 1
        ? file
        : { ...file, notes: [...file.notes, `${file.path} was named more than once and is read once`] },
    )
}

async function expandOne(path: string): Promise<readonly InputFile[]> {
  if (path === '-') return [{ path, name: 'standard input', increments: [], notes: [] }]
  const stats = await statOrNull(path)
  if (stats === null) return expandGlob(path)
  if (stats.isDirectory()) return expandDirectory(path)
  return [await fromFile(path)]
}

/** The profiles of a directory; null when it is none, or has none. */
async function profilesIn(path: string): Promise<readonly InputFile[] | null> {
  if (path === '-' || (await statOrNull(path))?.isDirectory() !== true) return null
  const names = (await namesIn(path)).filter((name) => PROFILE_NAME.test(name))
  return names.length === 0 ? null : Promise.all(names.map((name) => fromFile(join(path, name))))
}

async function fromFile(path: string, notes: readonly string[] = []): Promise<InputFile> {
  if (MANIFEST_NAME.test(path)) return fromManifest(path, notes)
  return { path, name: basename(path), increments: [], notes }
}

/** The RDB or AOF base that a manifest names, and the command files behind it. */
async function fromManifest(path: string, notes: readonly string[]): Promise<InputFile> {
  const manifest = await readManifest(path)
  if (manifest.base === null) {
    throw new InputError(
      'manifest',
      `${path} names no base file, so there is no RDB to read`,
      'Run BGREWRITEAOF on the server (with aof-use-rdb-preamble yes), then try again.',
    )
  }
  const folder = dirname(path)
  const increments = manifest.increments.map((name) => join(folder, name))
  return { path: join(folder, manifest.base), name: manifest.base, increments, notes }
}

async function readManifest(path: string): Promise<AofManifest> {
  try {
    const { size } = await stat(path)
    if (size > MAX_MANIFEST_BYTES) throw new RangeError(`it has ${size} bytes`)
    return parseManifest(await readFile(path, 'utf8'))
  } catch (error) {
    if (!(error instanceof RangeError)) throw systemProblem(error, path)
    throw new InputError(
      'manifest',
      `${path} is not a manifest of an append-only file: ${error.message}`,
      'Name the base file itself (*.base.rdb).',
    )
  }
}

/**
 * Dumps of a directory, in the order of their names. An append-only file beside RDB files holds the same
 * keys once more, so it is read only where there is no RDB.
 */
async function expandDirectory(path: string): Promise<readonly InputFile[]> {
  const names = await namesIn(path)
  const dumps = names.filter((name) => DUMP_NAME.test(name) && !TEMPORARY_NAME.test(name))
  const temporary = names.filter((name) => TEMPORARY_NAME.test(name))
  const manifests = names.filter((name) => MANIFEST_NAME.test(name))
  const hasAofDirectory = names.includes(AOF_DIRECTORY)

  // In an appendonlydir the bases end in .rdb too: the manifest knows which one is valid.
  if (manifests.length > 0) return Promise.all(manifests.map((name) => fromFile(join(path, name))))
  const aofs = names.filter((name) => AOF_NAME.test(name))
  if (dumps.length > 0) {
    const notes: string[] = []
    if (temporary.length > 0) notes.push(`left out of ${path}: ${temporary.join(', ')} (being written by BGSAVE)`)
    if (hasAofDirectory)
      notes.push(`left out of ${path}: ${AOF_DIRECTORY}/ (the same data; name it to read it instead)`)
    if (aofs.length > 0)
      notes.push(`left out of ${path}: ${aofs.join(', ')} (the same data; name it to read it instead)`)
    return Promise.all(dumps.map((name, index) => fromFile(join(path, name), index === 0 ? notes : [])))
  }
  if (hasAofDirectory) return expandDirectory(join(path, AOF_DIRECTORY))
  if (aofs.length > 0) return Promise.all(aofs.map((name) => fromFile(join(path, name))))
  const profiles = await profilesIn(path)
  if (profiles !== null) return profiles
  const unfinished = temporary.length > 0 ? ` (only ${temporary[0]}, which BGSAVE is still writing)` : ''
  throw new InputError('no-dumps', `${path} is a directory without dumps${unfinished}`, await adviceBelow(path))
}

/** Where the dumps may be instead: in the folders below. */
async function adviceBelow(path: string): Promise<string> {
  for (const entry of await entriesIn(path)) {
    if (!entry.isDirectory()) continue
    const names = (await entriesIn(join(path, entry.name))).map((below) => below.name)
    if (names.some((name) => DUMP_NAME.test(name) || AOF_NAME.test(name) || name === AOF_DIRECTORY)) {
      return `There are dumps in its folders: name one, such as ${join(path, entry.name)}, or all of them: '${join(path, '*/')}'`
    }
  }
  return 'Looked for *.rdb, *.dfs, *.aof and appendonlydir, each also compressed (.gz, .zst, .lz4, .bz2, .xz, .zip). Name the file if it is called otherwise.'
}

/** `*`, `?`, `[..]` within a name, `**` for any folders between. */
async function expandGlob(pattern: string): Promise<readonly InputFile[]> {
  if (!/[*?[]/.test(pattern)) {
    throw systemProblem(Object.assign(new Error('missing'), { code: 'ENOENT' }), pattern)
  }
  const absolute = pattern.startsWith('/')
  const segments = pattern.split('/').filter((segment) => segment !== '')
  const paths = await globSegments(absolute ? '/' : '', segments)
  const files: InputFile[] = []
  for (const path of paths.sort(byName)) {
    const stats = await statOrNull(path)
    if (stats?.isFile() === true) files.push(await fromFile(path))
    else if (stats?.isDirectory() === true) files.push(...(await dumpsIn(path)))
  }
  if (files.length === 0) {
    throw new InputError('no-match', `nothing matches ${pattern}`, 'Check the path, or let the shell expand it.')
  }
  return files
}

/** A directory that a glob happened to fit: one without dumps is passed over. */
async function dumpsIn(path: string): Promise<readonly InputFile[]> {
  try {
    return await expandDirectory(path)
  } catch (error) {
    if (error instanceof InputError && error.code === 'no-dumps') return []
    throw error
  }
}

async function globSegments(folder: string, segments: readonly string[]): Promise<string[]> {
  const [segment, ...rest] = segments
  if (segment === undefined) return folder === '' ? [] : [folder]
  if (!/[*?[]/.test(segment)) {
    const path = join(folder, segment)
    return (await statOrNull(path)) === null ? [] : globSegments(path, rest)
  }
  const entries = await entriesIn(folder === '' ? '.' : folder)
  const found: string[] = []
  if (segment === '**') {
    found.push(...(await globSegments(folder, rest)))
    for (const entry of entries) {
      // Symbolic links are not followed, so that a loop of them ends.
      if (entry.isDirectory()) found.push(...(await globSegments(join(folder, entry.name), segments)))
    }
    return [...new Set(found)]
  }
  const matches = compileGlob(segment)
  const encoder = new TextEncoder()
  for (const entry of entries) {
    if (entry.name.startsWith('.') && !segment.startsWith('.')) continue
    const bytes = encoder.encode(entry.name)
    if (matches(bytes, 0, bytes.length)) found.push(...(await globSegments(join(folder, entry.name), rest)))
  }
  return found
}

async function entriesIn(path: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true })
  } catch {
    return []
  }
}

async function namesIn(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).sort(byName)
  } catch (error) {
    throw systemProblem(error, path)
  }
}

async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null
    throw systemProblem(error, path)
  }
}

/** shard-2 before shard-10, and the same order on every machine. */
function byName(a: string, b: string): number {
  collator ??= new Intl.Collator('en', { numeric: true })
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0)
}

/** Made when there are names to sort: that takes 5 ms. */
let collator: Intl.Collator | null = null

/** Files of the same name in different folders are called by their paths. */
function disambiguate(files: readonly InputFile[]): readonly InputFile[] {
  const counts = new Map<string, number>()
  for (const file of files) counts.set(file.name, (counts.get(file.name) ?? 0) + 1)
  return files.map((file) => (counts.get(file.name) === 1 || file.path === '-' ? file : { ...file, name: file.path }))
}
