/**
 * Makes few files of the command line and one of each thread, with the packages they need at every start: the command
 * starts in a third of the time, and each thread in half. Runs on what tsc wrote; the library in dist/ stays as it is.
 */
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { bundleInLayers } from './bundle-layers.js'

/** Packages that go into the file; all others are loaded from node_modules when a command asks for them. */
const BUNDLED = ['yargs', 'cli-progress', 'csv-stringify', 'lz-string']

/**
 * What only help needs of yargs. Their expressions for emoji take V8 longer than everything else of yargs together, so
 * they are made when help is asked for.
 */
const WHEN_CALLED = ['cliui', 'string-width']

/** Packages that were written for `require` still ask for parts of Node with it. */
const BANNER =
  "import { createRequire as makeRequire } from 'node:module';const require = makeRequire(import.meta.url);"

/**
 * @param root folder of the package, with the output of tsc in dist/
 * @param page files that went into the page of the HTML report
 */
export default async function bundleCommand(root: string, page: readonly string[]): Promise<void> {
  const dist = join(root, 'dist')
  const pipeline = join(dist, 'src/pipeline')
  const workers = readdirSync(pipeline).filter((name) => /(?<!^start)-worker\.js$/.test(name))
  const description = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, object | undefined>
  const packages = ['dependencies', 'peerDependencies', 'optionalDependencies', 'devDependencies'].flatMap((kind) =>
    Object.keys(description[kind] ?? {}),
  )
  const out = join(dist, 'bundle')
  const options = {
    absWorkingDir: root,
    outdir: out,
    entryNames: '[name]',
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: packages.filter((name) => !BUNDLED.includes(name)),
    banner: { js: BANNER },
    // Names stay, for those who read a stack trace.
    minifyWhitespace: true,
    plugins: [whenCalled, withoutSelfChecks],
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  } satisfies BuildOptions
  const at = (...files: string[]): string[] => files.map((file) => join(dist, file))
  const [main, program] = at('src/cli/main.js', 'src/cli/program.js') as [string, string]
  const command = await bundleInLayers({
    ...options,
    main,
    apart: [main, program],
    layers: {
      start: [main],
      command: [program, ...at('src/cli/commands/analyze.js')],
      reading: at('src/pipeline/scan.js', 'src/pipeline/value-sampler.js', 'src/pipeline/big-key-elements.js'),
      report: at('src/analyze.js', 'reports/text.js'),
      // Not loaded where a thread collects.
      collectors: at('src/pipeline/row-collector.js'),
    },
  })
  // A thread has nothing in common with the command, and starts sooner with a file of its own.
  const threads = await build({ ...options, entryPoints: workers.map((name) => join(pipeline, name)) })
  const cli = join(dist, 'src/cli')
  rmSync(cli, { recursive: true })
  renameSync(out, cli)
  writeFileSync(
    join(cli, 'LICENSES.txt'),
    licences(root, [...page, ...[command, threads.metafile].flatMap(({ inputs }) => Object.keys(inputs))]),
  )
  chmodSync(join(cli, 'main.js'), 0o755)
}

/** In place of these packages, functions that load them at their first call. */
const whenCalled: Plugin = {
  name: 'when-called',
  setup(bundler) {
    const filter = new RegExp(`^(${WHEN_CALLED.join('|')})$`)
    bundler.onResolve({ filter }, ({ path, importer, kind }) =>
      kind === 'import-statement' && /node_modules.yargs.lib/.test(importer)
        ? { path, namespace: 'when-called', pluginData: dirname(importer) }
        : null,
    )
    bundler.onLoad({ filter, namespace: 'when-called' }, ({ path, pluginData }) => ({
      contents: `export default (...values) => require(${JSON.stringify(path)}).default(...values)`,
      resolveDir: pluginData as string,
    }))
  },
}

/** yargs checks the arguments of each call to itself by a grammar: for its own developers and ours, at every start. */
const withoutSelfChecks: Plugin = {
  name: 'without-self-checks',
  setup(bundler) {
    bundler.onLoad({ filter: /yargs.build.lib.argsert\.js$/ }, () => ({ contents: 'export function argsert() {}' }))
  },
}

/** The licences of the packages that were put in, and what else is to be passed on with them. */
function licences(root: string, inputs: readonly string[]): string {
  const names = new Set(
    inputs.flatMap((input) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []).sort(),
  )
  const texts = [...names].map((name) => {
    const folder = join(root, 'node_modules', name)
    const file = existsSync(folder) ? readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry)) : undefined
    if (file === undefined) throw new Error(`${name} is put into the command, but has no licence file`)
    const notice = existsSync(join(folder, 'NOTICE')) ? [join(folder, 'NOTICE')] : []
    const parts = [...notice, join(folder, file)].map((path) => readFileSync(path, 'utf8').trim())
    return `${name}\n\n${parts.join('\n\n')}\n`
  })
  return `The command and the page of the HTML report contain these packages.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`
}
