/**
 * `npx tsx scripts/build-crc64.ts`: parsers/rdb/crc64.wat as WebAssembly, in the module crc64-module.ts, so that nobody
 * needs a compiler or a file at run time. A test compares the two.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import wabt from 'wabt'

const folder = join(dirname(fileURLToPath(import.meta.url)), '../parsers/rdb')
const SOURCE = join(folder, 'crc64.wat')
export const MODULE = join(folder, 'crc64-module.ts')

/** The text of crc64-module.ts. */
export async function crc64Module(): Promise<string> {
  const tools = await wabt()
  const parsed = tools.parseWat('crc64.wat', readFileSync(SOURCE, 'utf8'), { simd: true, bulk_memory: true })
  parsed.validate()
  const hex = Buffer.from(parsed.toBinary({}).buffer).toString('hex')
  parsed.destroy()
  return `/** crc64.wat, compiled, in hex. Written by scripts/build-crc64.ts: change crc64.wat and run that. */
export const CRC64_MODULE =
  '${hex}'
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(MODULE, await crc64Module())
