/**
 * Files of the bundle that hold what many commands need. esbuild would cut a bundle into a file for each set of modules that
 * the same commands need, 70 of them for a report; Node takes a third of a millisecond to find and read each.
 */
import { readFileSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { type BuildOptions, type BuildResult, build, type Plugin } from 'esbuild'

/** What tsc writes: `import { a, b as c } from './x.js'`, `export * from './x.js'`, `import './x.js'`. */
const STATIC = /^(?:import|export)\s+(?:(?:\{([^}]*)\}|\*[^']*)\s+from\s+)?'(\.[^']+)'/gm
const DYNAMIC = /\bimport\('([^']+)'\)/g
const EXPORTED = /^export (?:async )?(?:function\*?|class|const|let) (\w+)|^export \{([^}]*)\}/gm

interface Module {
  /** Names by the file they come from; null: all that it has. */
  readonly imports: ReadonlyMap<string, readonly string[] | null>
  /** Files and packages that are loaded later. */
  readonly loads: readonly string[]
}

/** Module graph of what tsc wrote, and the layer of each module. */
export class Layers {
  readonly #modules = new Map<string, Module>()
  readonly #layerOf = new Map<string, string>()
  /** Names of a module that are wanted outside its layer. */
  readonly #wanted = new Map<string, Set<string>>()

  /**
   * @param main the first module
   * @param seeds modules by layer: each has what they need, but for what an earlier one has
   */
  constructor(
    readonly main: string,
    readonly seeds: Readonly<Record<string, readonly string[]>>,
  ) {
    this.#read(main)
    for (const [layer, modules] of Object.entries(seeds)) for (const path of modules) this.#assign(path, layer)
    for (const [path, { imports, loads }] of this.#modules) {
      for (const [from, names] of imports) if (this.#isOutside(path, from)) this.#want(from, names)
      for (const target of loads) if (this.#layerOf.has(target)) this.#want(target, null)
    }
  }

  /** A file for each layer, then one for each thing that is loaded later, and what these have in common. */
  async build(options: BuildOptions & { readonly metafile: true }): Promise<BuildResult<{ metafile: true }>[]> {
    const layers = Object.keys(this.seeds).map((layer) => {
      const modules = [...this.#wanted].filter(([path]) => this.#layerOf.get(path) === layer)
      const lines = modules.map(
        ([path, names]) => `export { ${this.#renamed(path, names)} } from ${JSON.stringify(path)}`,
      )
      const stdin = { contents: lines.join('\n'), resolveDir: dirname(this.main), sourcefile: `${layer}.js` }
      return build({
        ...options,
        entryNames: layer,
        stdin,
        plugins: [...(options.plugins ?? []), this.#plugin(layer, options)],
      })
    })
    const later = [...this.#modules].flatMap(([path, { loads }]) =>
      this.#layerOf.has(path) ? loads.filter((target) => isBundled(target, options)) : [],
    )
    const rest = build({
      ...options,
      entryPoints: Object.fromEntries([['main', this.main], ...later.map((path) => [this.#fileOf(path), path])]),
      splitting: true,
      plugins: [...(options.plugins ?? []), this.#plugin('', options)],
    })
    return Promise.all([...layers, rest])
  }

  #read(path: string): void {
    if (this.#modules.has(path)) return
    const text = readFileSync(path, 'utf8')
    const imports = new Map<string, readonly string[] | null>()
    for (const [, names, from] of text.matchAll(STATIC)) {
      const file = resolve(dirname(path), from!)
      const before = imports.get(file)
      imports.set(file, before === null || names === undefined ? null : [...(before ?? []), ...namesIn(names)])
    }
    const loads = [...text.matchAll(DYNAMIC)].map(([, target]) =>
      target!.startsWith('.') ? resolve(dirname(path), target!) : target!,
    )
    this.#modules.set(path, { imports, loads })
    for (const target of [...imports.keys(), ...loads]) if (isAbsolute(target)) this.#read(target)
  }

  #assign(path: string, layer: string): void {
    if (this.#layerOf.has(path)) return
    this.#layerOf.set(path, layer)
    for (const from of this.#modules.get(path)!.imports.keys()) this.#assign(from, layer)
  }

  #isOutside(path: string, from: string): boolean {
    return this.#layerOf.has(from) && this.#layerOf.get(from) !== this.#layerOf.get(path)
  }

  #want(path: string, names: readonly string[] | null): void {
    const wanted = this.#wanted.get(path) ?? new Set()
    this.#wanted.set(path, wanted)
    for (const name of names ?? this.#exportsOf(path)) wanted.add(name)
  }

  #exportsOf(path: string): readonly string[] {
    return [...readFileSync(path, 'utf8').matchAll(EXPORTED)].flatMap(([, name, list]) =>
      name === undefined ? namesIn(list!).map((_, index) => lastNameOf(list!, index)) : [name],
    )
  }

  /** `name as src_io_output_name`: modules of a layer may use the same names. */
  #renamed(path: string, names: Iterable<string>): string {
    return [...names].map((name) => `${name} as ${this.#inLayer(path, name)}`).join(', ')
  }

  #inLayer(path: string, name: string): string {
    return `${this.#fileOf(path).replace(/\W/g, '_')}_${name}`
  }

  /** Name of the file of a module that is loaded later. */
  #fileOf(path: string): string {
    if (!isAbsolute(path)) return path
    const folder = relative(join(dirname(this.main), '../..'), dirname(path))
    return `${folder}/${basename(path, '.js')}`.replaceAll(/[/\\]/g, '-')
  }

  /** Takes modules of other layers from their files. */
  #plugin(layer: string, options: BuildOptions): Plugin {
    return {
      name: 'layers',
      setup: (bundler) => {
        bundler.onResolve({ filter: /./, namespace: 'layer' }, ({ path }) => ({ path, external: true }))
        bundler.onResolve({ filter: /./ }, ({ path, resolveDir, kind }) => {
          const file = path.startsWith('.') ? resolve(resolveDir, path) : path
          if (kind === 'dynamic-import' && layer !== '') {
            return isBundled(file, options) ? { path: `./${this.#fileOf(file)}.js`, external: true } : null
          }
          const other = this.#layerOf.get(file)
          return other === undefined || other === layer ? null : { path: file, namespace: 'layer' }
        })
        bundler.onLoad({ filter: /./, namespace: 'layer' }, ({ path }) => {
          const names = [...(this.#wanted.get(path) ?? [])]
          const list = names.map((name) => `${this.#inLayer(path, name)} as ${name}`).join(', ')
          return { contents: `export { ${list} } from './${this.#layerOf.get(path)}.js'` }
        })
      },
    }
  }
}

/** False for what Node has, and for packages that stay in node_modules. */
function isBundled(path: string, { external = [] }: BuildOptions): boolean {
  return isAbsolute(path) || !['node', ...external].some((name) => new RegExp(`^${name}(?:$|[/:])`).test(path))
}

/** `a, b as c` is a and b. */
function namesIn(list: string): string[] {
  return list
    .split(',')
    .map((item) => item.trim().split(' as ')[0]!.trim())
    .filter((name) => name !== '')
}

/** `a, b as c` is a and c. */
function lastNameOf(list: string, index: number): string {
  return list.split(',')[index]!.trim().split(' as ').at(-1)!.trim()
}
