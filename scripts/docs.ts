/**
 * Keeps the output shown in the documentation true.
 *
 *     npx tsx scripts/docs.ts           writes the output of every marked command into the pages
 *     npx tsx scripts/docs.ts --check   ends with 1 when a page shows something else than the command prints
 *
 * A marked command is a comment in front of a code block:
 *
 *     <!-- run: rdblens analyze samples/redis-7.4.1/app.rdb --top 3 -->
 *
 * `lines: N` behind it keeps the first N lines only.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { run } from '../src/cli/run.js'
import * as library from '../src/index.js'
import { version } from '../src/version.js'
import { techniquesPage } from './techniques-page.js'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const MARKED = /(<!-- run: rdblens ([^\n]*?)(?: lines: (\d+))? -->\n```[a-z]*\n)([\s\S]*?)(\n?```)/g

/** Made from the registry as a whole. */
const TECHNIQUES = 'docs/techniques.md'

/** Pages whose blocks are kept true. */
export function pages(): string[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  const names = new Set([
    'README.md',
    TECHNIQUES,
    ...docs.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
  ])
  return [...names].sort()
}

/** The page with every marked block filled from its command. */
export async function filled(page: string): Promise<string> {
  const text = page === TECHNIQUES ? techniquesPage(library.techniques) : contentOf(page)
  let result = ''
  let at = 0
  for (const match of text.matchAll(MARKED)) {
    const [whole, head, command, lines] = match
    let output = await outputOf(command!.split(' '))
    if (output === '') throw new Error(`${page}: rdblens ${command} prints nothing`)
    if (lines !== undefined) output = output.split('\n').slice(0, Number(lines)).join('\n')
    result += `${text.slice(at, match.index)}${head}${output.trimEnd()}\n\`\`\``
    at = match.index + whole.length
  }
  return result + text.slice(at)
}

/** Empty when there is no such page yet. */
export function contentOf(page: string): string {
  const path = join(ROOT, page)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

async function outputOf(args: readonly string[]): Promise<string> {
  let output = ''
  const collect = new Writable({
    write(chunk: Buffer, _encoding, done) {
      output += chunk.toString()
      done()
    },
  })
  const before = process.cwd()
  process.chdir(ROOT)
  try {
    await run(args, { stdin: new PassThrough(), stdout: collect, stderr: new PassThrough(), env: {}, version, library })
  } finally {
    process.chdir(before)
  }
  return output
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  let stale = 0
  for (const page of pages()) {
    const text = await filled(page)
    if (text === contentOf(page)) continue
    stale++
    if (process.argv.includes('--check')) console.error(`${page} shows output that the command no longer prints`)
    else writeFileSync(join(ROOT, page), text)
  }
  if (stale > 0 && process.argv.includes('--check')) {
    console.error('npx tsx scripts/docs.ts brings it up to date')
    process.exit(1)
  }
}
