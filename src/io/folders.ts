import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { systemProblem } from './errors.js'
import type { Output } from './output.js'

/** Size and last change of a file; null when there is none. */
export async function fileFacts(path: string): Promise<{ readonly bytes: number; readonly modifiedMs: number } | null> {
  try {
    const found = await stat(path)
    return found.isFile() ? { bytes: found.size, modifiedMs: found.mtimeMs } : null
  } catch {
    return null
  }
}

export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/** Names in a folder, sorted; none when it does not exist. */
export async function namesInFolder(path: string): Promise<readonly string[]> {
  return (await readdir(path).catch(() => [])).sort()
}

/** Removes a file, or a folder with everything in it. */
export async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true })
}

/** Lower-case hex. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  } catch (error) {
    throw systemProblem(error, path)
  }
  return hash.digest('hex')
}

/** A file as text; null when there is none. */
export async function textOfFile(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw systemProblem(error, path)
  }
}

/** Writes a file that appears whole or not at all. The same name is used again, so that a kill leaves one at most. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`
  try {
    await writeFile(temporary, content)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw systemProblem(error, path, 'write')
  }
}

/** A gzip file that appears whole or not at all. Several of them behind one another are one gzip file, too. */
export function gzipFileOutput(path: string): Output {
  const temporary = `${path}.tmp`
  const gzip = createGzip({ level: 6 })
  const done = pipeline(gzip, createWriteStream(temporary)).then(
    () => null,
    (error: unknown) => error,
  )
  return {
    write: (piece) => {
      if (gzip.write(piece)) return undefined
      // A disk that is full ends the pipeline, and then nothing drains any more.
      return Promise.race([new Promise<void>((resolve) => gzip.once('drain', resolve)), done.then(() => {})])
    },
    close: async () => {
      gzip.end()
      const error = await done
      if (error !== null) throw systemProblem(error, path, 'write')
      await rename(temporary, path)
    },
    abort: async () => {
      gzip.destroy()
      await done
      await rm(temporary, { force: true })
    },
  }
}

/** Puts a file in the place of another; false when there is none to put there. */
export async function moveFile(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw systemProblem(error, to, 'write')
  }
}

/** Several files one behind the other, as one file. */
export async function joinFiles(paths: readonly string[], target: string): Promise<void> {
  try {
    await writeFile(target, '')
    for (const path of paths) {
      await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), createWriteStream(target, { flags: 'a' }))
    }
  } catch (error) {
    throw systemProblem(error, target, 'write')
  }
}

/**
 * Puts a finished folder in its place. A folder that is there already is moved aside first and removed: for a moment
 * there is none, and a kill in that moment leaves none, never half of one.
 */
export async function publishFolder(finished: string, target: string): Promise<void> {
  const aside = `${finished}.old`
  try {
    await rm(aside, { recursive: true, force: true })
    await mkdir(aside, { recursive: true })
    await rename(target, `${aside}/was`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
    await rename(finished, target)
    await rm(aside, { recursive: true, force: true })
  } catch (error) {
    throw systemProblem(error, target, 'write')
  }
}
