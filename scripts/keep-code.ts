/**
 * Gives the large files of the bundle the code that V8 makes of them, so that a start need not read half a megabyte of
 * text: as plain scripts (V8 keeps no code of modules in Node 20), each with a small module in its place.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { transform } from 'esbuild'

/** Where a file takes something from another file of the bundle. */
const OTHER = /\bvar import_(\w+)=require\("(\.\/[\w-]+\.js)"\);/g
/** What esbuild writes at the end of a module. */
const EXPORTS = /export\{([^}]*)\};?\s*$/

/**
 * @param folder of the bundle
 * @param names files without top-level `await`
 * @param banner what esbuild put in front of each
 */
export async function keepCode(folder: string, names: readonly string[], banner: string): Promise<void> {
  for (const name of names) await makeScript(folder, name, banner)
  const samples = join(folder, '../../../samples/redis-7.2.6')
  const recorder = pathToFileURL(join(import.meta.dirname, 'record-code.mjs')).href
  for (const threads of ['1', '2', '3']) {
    const args = [
      '--import',
      recorder,
      join(folder, 'main.js'),
      'analyze',
      samples,
      '--no-savings',
      '--threads',
      threads,
    ]
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    if (status !== 0)
      throw new Error(`the command that makes code to keep ended with ${status}: ${stderr.slice(-2000)}`)
  }
}

async function makeScript(folder: string, name: string, banner: string): Promise<void> {
  const path = join(folder, `${name}.js`)
  const text = readFileSync(path, 'utf8').replace(banner, '')
  const script = join(folder, `${name}.cjs`)
  renameSync(path, script)
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minifyWhitespace: true,
    define: { 'import.meta.url': 'moduleUrl' },
  })
  const others: string[] = []
  // As constants: a property of an object would be looked up at each use.
  let plain = code.replace(OTHER, (_, variable: string, file: string) => {
    others.push(file)
    const used = new Set([...code.matchAll(new RegExp(`\\bimport_${variable}\\.(\\w+)`, 'g'))].map(([, one]) => one))
    return `const{${[...used].join()}}=require("${file}");`
  })
  for (const [, variable] of code.matchAll(OTHER)) {
    plain = plain.replaceAll(new RegExp(`\\bimport_${variable}\\.(\\w+)`, 'g'), '$1')
  }
  plain = plain.replaceAll(/\bimport\(/g, 'importFrom(')
  writeFileSync(script, `(function(exports,require,module,moduleUrl,importFrom){"use strict";${plain}\n})`)
  const names = (EXPORTS.exec(text)?.[1] ?? '').split(',').flatMap((item) => item.split(' as ').at(-1)!.trim() || [])
  const files = [...new Set(others)]
  writeFileSync(
    path,
    `import{runKept}from"./kept-code.js";${files.map((file, at) => `import*as m${at} from"${file}";`).join('')}` +
      `const found=runKept(import.meta.url,{${files.map((file, at) => `"${file}":m${at}`).join()}});` +
      `export const{${names.join()}}=found;\n`,
  )
}
