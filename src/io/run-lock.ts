import { randomBytes } from 'node:crypto'
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { kill, pid as ownPid } from 'node:process'
import { InputError, systemProblem } from './errors.js'

/** Who holds a lock. */
interface Holder {
  readonly pid: number
  /** When the process started, as the system counts it: a number that came round again is not the same process. */
  readonly start: string
  readonly host: string
  /** For people. */
  readonly since: string
}

export interface RunLock {
  release(): Promise<void>
}

/**
 * Takes a lock that one process at a time can have. The file appears with its content in one step, so that a kill
 * never leaves an empty one. A holder that no longer runs on this machine has lost it.
 * @throws InputError when another process holds it
 */
export async function takeRunLock(path: string): Promise<RunLock> {
  const own: Holder = {
    pid: ownPid,
    start: await startOf(ownPid),
    host: hostname(),
    since: new Date().toISOString(),
  }
  const text = JSON.stringify(own)
  const candidate = `${path}.${ownPid}.${randomBytes(4).toString('hex')}`
  try {
    await writeFile(candidate, text)
    for (;;) {
      if (await linked(candidate, path)) return { release: () => release(path, text) }
      const held = await textOf(path)
      if (held === null) continue
      const holder = parse(held)
      if (holder !== null && !(await isGone(holder))) throw busy(path, holder)
      await moveAway(path, held)
    }
  } catch (error) {
    throw error instanceof InputError ? error : systemProblem(error, path, 'write')
  } finally {
    await unlink(candidate).catch(() => {})
  }
}

function busy(path: string, { pid, host, since }: Holder): InputError {
  return new InputError(
    'output',
    `another run holds ${path}: process ${pid} on ${host}, since ${since}`,
    'Wait for it to end. When there is no such process any more, delete the file.',
  )
}

async function linked(candidate: string, path: string): Promise<boolean> {
  try {
    await link(candidate, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** Two may find the same dead lock: who moved a living one by mistake puts it back. */
async function moveAway(path: string, dead: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`
  try {
    await rename(path, aside)
  } catch {
    return
  }
  if ((await textOf(aside)) !== dead) await link(aside, path).catch(() => {})
  await unlink(aside).catch(() => {})
}

async function release(path: string, own: string): Promise<void> {
  if ((await textOf(path)) === own) await unlink(path).catch(() => {})
}

async function textOf(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null)
}

function parse(text: string): Holder | null {
  try {
    const { pid, start, host, since } = JSON.parse(text) as Partial<Holder>
    return typeof pid === 'number' ? { pid, start: String(start), host: String(host), since: String(since) } : null
  } catch {
    return null
  }
}

/** Only about this machine can be said that a process is gone. */
async function isGone({ pid, start, host }: Holder): Promise<boolean> {
  if (host !== hostname()) return false
  try {
    kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
  const now = await startOf(pid)
  return start !== '' && now !== '' && now !== start
}

/** Boot and start time of a process (Linux, proc(5): field 22 of stat); empty where the system does not say. */
async function startOf(pid: number): Promise<string> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    ])
    // The name of the program stands in parentheses and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return `${boot.trim()}/${fields[19]}`
  } catch {
    return ''
  }
}
