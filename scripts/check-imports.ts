/**
 * The import direction of ARCHITECTURE.md, checked. `npm run check` runs this file; test/architecture.test.ts
 * calls `findViolations`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What one part of the code may import. Folders are relative to the repository and cover what is below. */
interface Rule {
  /** The rule with the longest matching folder holds. */
  readonly folder: string
  readonly mayImport: readonly string[]
  readonly mayNotImport?: readonly string[]
  /** Packages by name, and `node:` modules. `*` allows all. */
  readonly packages: readonly string[]
  /** Globals of Node that may be used. */
  readonly globals: readonly string[]
  readonly why: string
}

const NODE_GLOBALS = ['process', 'console', 'Buffer', 'setImmediate', '__dirname', 'require'] as const
const SRC_GLOBALS = ['Buffer', 'setImmediate']
/** What the script of the HTML page has in common with the other formats. */
const SHARED_WITH_THE_PAGE = [
  'reports/batch/night-report.ts',
  'reports/batch/wording.ts',
  'reports/compare-report.ts',
  'reports/compare/tables.ts',
  'reports/compare/wording.ts',
  'reports/decision-table.ts',
  'reports/escape.ts',
  'reports/format.ts',
  'reports/report.ts',
  'reports/skew.ts',
  'reports/wording.ts',
]
const NO_FILES =
  'files are opened in src/io only, threads started in src/pipeline only, the terminal belongs to src/cli'

/** Packages of src/ outside cli: no terminal, no option parser. */
const SRC_PACKAGES = [
  'node:buffer',
  'node:crypto',
  'node:events',
  'node:module',
  'node:os',
  'node:path',
  'node:stream',
  'node:url',
  'node:util',
  'node:zlib',
  'yaml',
]

const src = (folder: string, rule: Partial<Rule> = {}): Rule => ({
  folder,
  mayImport: ['src', 'parsers', 'reports'],
  mayNotImport: ['src/cli'],
  packages: SRC_PACKAGES,
  globals: SRC_GLOBALS,
  why: NO_FILES,
  ...rule,
})

export const RULES: readonly Rule[] = [
  {
    folder: 'parsers',
    mayImport: ['parsers'],
    packages: [],
    globals: [],
    why: 'parsers/ knows bytes only: no files, no packages, nothing of Node, so that it runs anywhere',
  },
  {
    folder: 'reports',
    mayImport: ['reports'],
    packages: ['csv-stringify', 'lz-string', 'hyparquet-writer', 'stream-json'],
    globals: [],
    why: 'reports/ turns a finished report into text: no parser, no model, no clock, no files',
  },
  {
    folder: 'reports/html/client',
    mayImport: ['reports/html/client', 'reports/html/page-data.ts', ...SHARED_WITH_THE_PAGE],
    packages: ['echarts', 'lz-string'],
    globals: [],
    why: 'reports/html/client runs in a browser: it draws a finished report and shares the wording, nothing else',
  },
  src('src'),
  src('src/batch.ts', {
    mayImport: ['parsers', 'src/name-figures.ts'],
    why: 'the key batch, with the figures of names, is below everything else in src/',
  }),
  src('src/memory', {
    mayImport: ['src/memory', 'src/batch.ts', 'src/dump-facts.ts', 'parsers'],
    packages: [],
    why: 'memory/ prices keys: it knows the parser, the key batch and what a dump says about itself, not who asks',
  }),
  src('src/analysis', {
    mayNotImport: ['src/cli', 'src/io', 'src/pipeline', 'src/optimizations'],
    why: 'analysis/ collects over batches: it neither opens files nor starts anything',
  }),
  src('src/optimizations', {
    mayNotImport: ['src/cli', 'src/io', 'src/pipeline', 'src/prove'],
    why: 'optimizations/ say what the new shape is: they neither open files nor start anything',
  }),
  src('src/optimizations/codecs', {
    mayNotImport: ['src/cli', 'src/io', 'src/pipeline'],
    packages: [...SRC_PACKAGES, '@bokuweb/zstd-wasm', '@msgpack/msgpack', 'lz-string', 'lz4-napi', 'snappy'],
    why: 'optimizations/codecs loads the libraries that compress and pack; nobody else needs them',
  }),
  src('src/io', {
    mayNotImport: ['src/cli', 'src/analysis', 'src/memory', 'src/pipeline', 'src/optimizations', 'reports'],
    packages: ['*'],
    why: 'io/ brings bytes and does not look at what they mean',
  }),
  src('src/batch-run', {
    packages: [...SRC_PACKAGES, 'ajv', 'bullmq', 'ioredis'],
    why: 'batch-run/ runs the library over many dumps: files through src/io, no terminal, the network through BullMQ',
  }),
  src('src/prove', {
    packages: [...SRC_PACKAGES, 'node:child_process', 'node:net', 'node:process'],
    why: 'prove/ starts servers and talks to them, and to nobody else: files through src/io, no terminal',
  }),
  src('src/pipeline', { packages: [...SRC_PACKAGES, 'node:v8', 'node:worker_threads', 'node:os', 'tsx'] }),
  src('src/cli', { mayNotImport: [], packages: ['*'], globals: [...NODE_GLOBALS] }),
]

/** Only here, whatever else a folder may do. */
const ONLY_IN: readonly { readonly module: RegExp; readonly folders: readonly string[] }[] = [
  { module: /^(node:)?fs(\/|$)/, folders: ['src/io'] },
  { module: /^(node:)?worker_threads$/, folders: ['src/pipeline'] },
  // io runs the commands of a config, prove its own scratch servers; only prove talks to anybody, over a socket.
  { module: /^(node:)?child_process$/, folders: ['src/io', 'src/prove'] },
  { module: /^(node:)?(net|http|https|http2|tls|dgram)$/, folders: ['src/prove'] },
  { module: /^(yargs|cli-progress)(\/|$)/, folders: ['src/cli'] },
]

export interface Violation {
  readonly file: string
  readonly line: number
  readonly what: string
  readonly why: string
}

/** Every import below parsers/, src/ and reports/ that goes against the rules. */
export function findViolations(root: string): Violation[] {
  return ['parsers', 'src', 'reports'].flatMap((folder) =>
    sourceFiles(root, folder).flatMap((file) => violationsIn(file, readFileSync(join(root, file), 'utf8'))),
  )
}

/** The violations of one file; `file` is its path in the repository, with slashes. */
export function violationsIn(file: string, code: string): Violation[] {
  const rule = ruleFor(file)
  const found: Violation[] = []
  const say = (index: number, what: string, why = rule.why): void => {
    found.push({ file, line: code.slice(0, index).split('\n').length, what, why })
  }
  const bare = withoutComments(code)
  for (const { specifier, index } of importsOf(bare)) {
    if (specifier.startsWith('.')) {
      const target = posix.normalize(posix.join(posix.dirname(file), specifier)).replace(/\.js$/, '.ts')
      const allowed = rule.mayImport.some((folder) => isBelow(target, folder))
      const forbidden = (rule.mayNotImport ?? []).some((folder) => isBelow(target, folder))
      if (!allowed || forbidden) say(index, `imports ${target}`)
      continue
    }
    const only = ONLY_IN.find(({ module }) => module.test(specifier))
    if (only !== undefined) {
      if (!only.folders.some((folder) => isBelow(file, folder))) {
        say(index, `imports ${specifier}`, `${specifier} is for ${only.folders.join(', ')} only`)
      }
      continue
    }
    const name = specifier.startsWith('node:') ? specifier : packageName(specifier)
    if (!rule.packages.includes('*') && !rule.packages.includes(name)) say(index, `imports ${specifier}`)
  }
  const noStrings = withoutStrings(bare)
  for (const global of NODE_GLOBALS) {
    if (rule.globals.includes(global)) continue
    for (const match of noStrings.matchAll(new RegExp(`(?<![\\w.$#])${global}(?=[.(\\[])`, 'g'))) {
      say(match.index, `uses the Node global ${global}`)
    }
  }
  return found
}

function ruleFor(file: string): Rule {
  const rule = RULES.filter(({ folder }) => isBelow(file, folder)).sort((a, b) => b.folder.length - a.folder.length)[0]
  if (rule === undefined) throw new Error(`no import rule covers ${file}: add one to scripts/check-imports.ts`)
  return rule
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}

function packageName(specifier: string): string {
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]!
}

/** import and export declarations, dynamic imports, and `new URL(..., import.meta.url)`, which starts workers. */
function importsOf(code: string): { specifier: string; index: number }[] {
  const forms = [
    /(?<![\w.$])(?:import|export)\b[^'"`;=()]*?\bfrom\s*(['"])(.+?)\1/g,
    /(?<![\w.$])import\s*(['"])(.+?)\1/g,
    /(?<![\w.$])import\s*\(\s*(['"])(.+?)\1/g,
    /new\s+URL\(\s*(['"])(.+?)\1\s*,\s*import\.meta\.url/g,
  ]
  return forms.flatMap((form) => [...code.matchAll(form)].map((m) => ({ specifier: m[2]!, index: m.index })))
}

/** Comments become blanks, so that positions stay; strings and templates are left alone. */
function withoutComments(code: string): string {
  return code.replace(/(['"])(?:\\.|(?!\1)[^\\\n])*\1|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (text) =>
    text.startsWith('/') ? text.replace(/[^\n]/g, ' ') : text,
  )
}

function withoutStrings(code: string): string {
  return code.replace(/(['"])(?:\\.|(?!\1)[^\\\n])*\1/g, (text) => text.replace(/[^\n]/g, ' '))
}

function sourceFiles(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /(?<!\.generated)\.[mc]?[jt]s$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

const self = fileURLToPath(import.meta.url)
if (process.argv[1] === self) {
  const violations = findViolations(join(dirname(self), '..'))
  for (const { file, line, what, why } of violations) console.error(`${file}:${line} ${what}\n    ${why}`)
  if (violations.length > 0) {
    console.error(`\n${violations.length} imports go against the direction written down in ARCHITECTURE.md`)
    process.exit(1)
  }
  console.log('import direction: as in ARCHITECTURE.md')
}
