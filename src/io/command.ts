import { spawn } from 'node:child_process'
import { open, rename, rm } from 'node:fs/promises'
import { InputError, systemProblem } from './errors.js'

/** A program with its arguments: no shell reads them. */
export interface FetchCommand {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly timeoutMs: number
}

const MESSAGE_BYTES = 4096

/**
 * Runs a command and keeps its standard output as a file, which appears when the command has ended well.
 * @throws InputError with the end of what it said on standard error
 */
export async function fetchToFile({ argv, cwd, timeoutMs }: FetchCommand, path: string): Promise<void> {
  const [program, ...args] = argv
  if (program === undefined) throw new InputError('unreadable', 'a source command is empty', 'Name a program.')
  const shown = argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(' ')
  const temporary = `${path}.tmp`
  const handle = await open(temporary, 'w').catch((error: unknown) => {
    throw systemProblem(error, path, 'write')
  })
  try {
    const failure = await new Promise<string | null>((resolve) => {
      const child = spawn(program, args, {
        cwd,
        shell: false,
        stdio: ['ignore', handle.fd, 'pipe'],
        timeout: timeoutMs,
      })
      let said = ''
      child.stderr!.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-MESSAGE_BYTES)
      })
      child.on('error', (error) => resolve(`cannot be started: ${error.message}`))
      child.on('close', (code, signal) => {
        if (code === 0) return resolve(null)
        const how =
          signal === null ? `ended with ${code}` : `was stopped by ${signal} (the limit is ${timeoutMs / 1000} s)`
        const last = said.trim().split('\n').at(-1) ?? ''
        resolve(last === '' ? how : `${how}: ${last}`)
      })
    })
    if (failure !== null) {
      throw new InputError('unreadable', `the source command ${shown} ${failure}`, 'Try it by hand in the same folder.')
    }
    await handle.close()
    await rename(temporary, path)
  } catch (error) {
    await handle.close().catch(() => {})
    await rm(temporary, { force: true })
    throw error
  }
}
