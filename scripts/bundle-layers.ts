/**
 * esbuild cuts a bundle into a file for each set of modules that the same commands need, 70 of them for a report; Node
 * takes a third of a millisecond to find and read each. Here files that are needed together become one.
 */
import { rmSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild'

export interface LayerOptions extends BuildOptions {
  readonly absWorkingDir: string
  readonly outdir: string
  /** The first module. */
  readonly main: string
  /** Modules that run when they are loaded: they stay apart from what others need. */
  readonly apart: readonly string[]
  /** Modules by file: each file has what they need, but for what an earlier one has. */
  readonly layers: Readonly<Record<string, readonly string[]>>
}

/** @returns what esbuild says of its cut, with all modules that went in */
export async function bundleInLayers({ main, apart, layers, ...options }: LayerOptions): Promise<Metafile> {
  const outdir = `${options.outdir}-cut`
  const first = { ...options, entryPoints: [main], splitting: true, outdir, banner: {} }
  const { metafile } = await build({ ...first, metafile: true })
  const cut = new Cut(metafile, options.absWorkingDir)
  for (const [layer, modules] of Object.entries(layers)) cut.assign(layer, modules, apart)
  await build({ ...options, entryPoints: cut.entries(), packages: 'external', plugins: [cut.plugin] })
  rmSync(outdir, { recursive: true })
  return metafile
}

/** The files that esbuild cut a bundle into, and those of them that become one. */
class Cut {
  /** By their paths. */
  readonly #files: ReadonlyMap<string, Metafile['outputs'][string]>
  readonly #layerOf = new Map<string, string>()

  constructor(
    metafile: Metafile,
    readonly root: string,
  ) {
    this.#files = new Map(Object.entries(metafile.outputs).map(([path, file]) => [join(root, path), file]))
  }

  /** Puts modules into a layer, with all they import. */
  assign(layer: string, modules: readonly string[], apart: readonly string[]): void {
    const add = (path: string, isApart: boolean): void => {
      if (this.#layerOf.has(path)) return
      if (!isApart) this.#layerOf.set(path, layer)
      for (const { path: imported, kind, external } of this.#files.get(path)!.imports) {
        if (kind === 'import-statement' && external !== true) add(join(this.root, imported), false)
      }
    }
    for (const module of modules) add(this.#fileOf(module), apart.includes(module))
  }

  /** The file by which a module is loaded, or in which it lies. */
  #fileOf(module: string): string {
    const input = relative(this.root, module)
    const files = [...this.#files]
    const found =
      files.find(([, { entryPoint }]) => entryPoint === input) ?? files.find(([, { inputs }]) => input in inputs)
    if (found === undefined) throw new Error(`${module} is not in the bundle`)
    return found[0]
  }

  /** Layers; files that stay; and for each that is loaded later but lies in a layer a file that says so. */
  entries(): { in: string; out: string }[] {
    const files = [...this.#files].flatMap(([path, { entryPoint }]) => {
      const out = basename(path, '.js')
      if (!this.#layerOf.has(path)) return { in: path, out }
      return entryPoint === undefined ? [] : { in: `from:${path}`, out }
    })
    return [...[...new Set(this.#layerOf.values())].map((layer) => ({ in: `layer:${layer}`, out: layer })), ...files]
  }

  /** `layer:` is all files of a layer, `from:` a file as one that imports it sees it when it lies in another layer. */
  get plugin(): Plugin {
    return {
      name: 'layers',
      setup: (bundler) => {
        bundler.onResolve({ filter: /^layer:/ }, ({ path }) => ({ path: path.slice(6), namespace: 'layer' }))
        bundler.onResolve({ filter: /^from:/ }, ({ path }) => ({ path: path.slice(5), namespace: 'from' }))
        bundler.onResolve({ filter: /^\./ }, ({ path, importer, namespace, resolveDir, kind }) => {
          if (namespace === 'from') return { path, external: true }
          const file = join(resolveDir, path)
          const layer = this.#layerOf.get(file)
          if (layer === undefined || kind === 'dynamic-import') return { path: `./${basename(file)}`, external: true }
          return layer === this.#layerOf.get(importer) ? null : { path: file, namespace: 'from' }
        })
        bundler.onLoad({ filter: /./, namespace: 'layer' }, ({ path: layer }) => {
          const files = [...this.#layerOf].filter(([, itsLayer]) => itsLayer === layer)
          const lines = files.map(([path]) =>
            exported(
              this.#names(path, ([name, inLayer]) => `${name} as ${inLayer}`),
              path,
            ),
          )
          return { contents: lines.join('\n'), resolveDir: this.root }
        })
        bundler.onLoad({ filter: /./, namespace: 'from' }, ({ path }) => {
          const names = this.#names(path, ([name, inLayer]) => `${inLayer} as ${name}`)
          return { contents: exported(names, `./${this.#layerOf.get(path)}.js`) }
        })
      },
    }
  }

  /** What a file exports: names there and in its layer, where another file may have the same. */
  #names(path: string, item: (names: readonly [string, string]) => string): string[] {
    const number = [...this.#files.keys()].indexOf(path)
    return this.#files.get(path)!.exports.map((name) => item([name, `${name}_${number}`]))
  }
}

function exported(names: readonly string[], from: string): string {
  return `${names.length === 0 ? 'import' : `export { ${names.join(', ')} } from`} ${JSON.stringify(from)}`
}
