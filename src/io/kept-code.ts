import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { Script } from 'node:vm'

/** What a file of the bundle takes from others, by the names it has for them. */
type Others = Readonly<Record<string, object>>

type Run = (
  exports: object,
  require: (id: string) => object,
  module: { exports: object },
  url: string,
  importFrom: (id: string) => Promise<object>,
) => void

/**
 * Runs a file of the bundle with the code that V8 made of it at the build, and gives what it exports: reading a text of
 * half a megabyte, and the functions in it at their first call, takes V8 a tenth of a second. Another version of Node, or
 * one with other switches, does not take that code, and reads the text.
 *
 * @param url the module that stands for the file; text (.cjs) and code (.code) lie beside it
 */
export function runKept(url: string, others: Others): Readonly<Record<string, unknown>> {
  const filename = fileURLToPath(url).replace(/\.js$/, '.cjs')
  // As at the build; src/cli/young-objects.ts says every few ms what it is to be. V8 sets this switch when it makes
  // a thread, and goes on comparing with what it was before, until somebody changes it.
  for (const factor of [1, 2]) setFlagsFromString(`--semi-space-growth-factor=${factor}`)
  const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData: codeOf(filename) })
  // The main thread may be too busy for a while to say so.
  setFlagsFromString('--semi-space-growth-factor=1')
  const load = createRequire(url)
  const module = { exports: {} }
  const run = script.runInThisContext() as Run
  const other = (id: string): object => others[id] ?? (load(id) as object)
  // Paths are those beside this module.
  run(module.exports, other, module, url, (id) => import(id))
  return { ...module.exports }
}

function codeOf(filename: string): Buffer | undefined {
  try {
    return readFileSync(filename.replace(/\.cjs$/, '.code'))
  } catch {
    // There is none while the build makes it.
    return undefined
  }
}
