import { mkdtempSync, rmSync } from 'node:fs'
import { open, readFile, realpath, rm, stat, statfs, symlink, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InputError, systemProblem } from './errors.js'

/** Folders that exist now, for whoever must leave in a hurry. */
const existing = new Set<string>()

/** Removes what `remove` did not get to; for signal handlers. */
export function removeScratchFolders(): void {
  for (const path of existing) {
    try {
      rmSync(path, { recursive: true, force: true, maxRetries: 5 })
    } catch {
      // What cannot be removed now cannot be waited for.
    }
  }
  existing.clear()
}

/** A folder that is gone afterwards. Only this user may look into it. */
export class ScratchFolder {
  private constructor(readonly path: string) {}

  /** @param parent where it is made; default: the folder of the system for temporary files */
  static make(parent: string = tmpdir()): ScratchFolder {
    try {
      const path = mkdtempSync(join(parent, 'rdblens-'))
      existing.add(path)
      return new ScratchFolder(path)
    } catch (error) {
      throw systemProblem(error, join(parent, 'rdblens-...'), 'write')
    }
  }

  file(name: string): string {
    return join(this.path, name)
  }

  /** Lets `name` stand for a file elsewhere. Who replaces it (writes anew, renames) does not touch that file. */
  async link(name: string, target: string): Promise<void> {
    await this.removeFile(name)
    try {
      await symlink(await realpath(target), this.file(name))
    } catch (error) {
      throw systemProblem(error, target)
    }
  }

  async removeFile(name: string): Promise<void> {
    await unlink(this.file(name)).catch(() => {})
  }

  /** The last bytes of a text file as lines; none when there is no such file. */
  async lastLines(name: string, count: number): Promise<readonly string[]> {
    const text = await readFile(this.file(name), 'utf8').catch(() => '')
    return text.trimEnd().split('\n').slice(-count)
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.path)
    return bavail * bsize
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 5 })
    existing.delete(this.path)
  }
}

/** Size of a file that can be read more than once. @throws InputError for pipes and devices */
export async function rereadableBytes(path: string, why: string): Promise<number> {
  const facts =
    path === '-' ? null : await stat(path).catch((error: unknown) => Promise.reject(systemProblem(error, path)))
  if (facts?.isFile() === true) return facts.size
  const name = path === '-' ? 'standard input' : path
  throw new InputError('unreadable', `${name} can be read only once, and ${why}`, 'Save the dump to a file first.')
}

/** True for a file that begins as an RDB does; compressed ones and append-only files of commands do not. */
export async function beginsAsRdb(path: string): Promise<boolean> {
  const handle = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(6), 0, 6, 0)
    return /^(REDIS|VALKEY)/.test(buffer.toString('latin1', 0, bytesRead))
  } finally {
    await handle.close()
  }
}
