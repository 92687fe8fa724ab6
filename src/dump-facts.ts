import type { DialectName, RdbHeader, RdbString } from '../parsers/index.js'

/** AUX fields are many in a cluster (one per slot) and with cached scripts; so many are kept. */
const MAX_AUX_KEPT = 256
const MAX_AUX_BYTES = 512

/** What records behind the first key say. */
export interface FactsOfPart {
  readonly aux: readonly (readonly [name: string, value: string])[]
  readonly functions: number
  readonly functionBytes: number
  readonly scripts: number
  readonly modules: readonly {
    readonly name: string
    readonly encver: number
    readonly keys: number
    readonly auxRecords: number
  }[]
}

/**
 * What a dump says about itself: header, AUX fields, function libraries, modules. A visitor hands its calls on.
 * Bounded, whatever the dump holds.
 */
export class DumpFacts {
  magic: RdbHeader['magic'] = 'none'
  rdbVersion = 0
  dialect: DialectName = 'redis'
  /** Keys of the first database, as the dump says in front of them; null when it does not. */
  hintedKeys: number | null = null
  /** AUX fields in the order of the file, as text; without scripts and slot infos, which are not about the whole. */
  readonly aux: [name: string, value: string][] = []
  functions = 0
  functionBytes = 0
  /** Lua scripts in AUX fields (Redis 4.0 to 6.2). */
  scripts = 0

  readonly #modules = new Map<string, { name: string; encver: number; keys: number; auxRecords: number }>()

  header(header: RdbHeader): void {
    this.magic = header.magic
    this.rdbVersion = header.rdbVersion
  }

  onAux(name: RdbString, value: RdbString): void {
    const key = textOf(name).toLowerCase()
    if (key === 'lua') this.scripts++
    if (key === 'lua' || key === 'slot-info' || key === 'mvcc-tstamp' || key.startsWith('keydb-subexpire')) return
    if (this.aux.length < MAX_AUX_KEPT) this.aux.push([key, textOf(value)])
  }

  onFunction(code: RdbString): void {
    this.functions++
    this.functionBytes += code.length
  }

  onModuleValue(name: string, encver: number): void {
    const module = this.#module(name, encver)
    if (module !== null) module.keys++
  }

  onModuleAux(name: string, encver: number): void {
    const module = this.#module(name, encver)
    if (module !== null) module.auxRecords++
  }

  /** What a later part of the same dump says. */
  absorb({ aux, functions, functionBytes, scripts, modules }: FactsOfPart): void {
    for (const field of aux) if (this.aux.length < MAX_AUX_KEPT) this.aux.push([...field])
    this.functions += functions
    this.functionBytes += functionBytes
    this.scripts += scripts
    for (const { name, encver, keys, auxRecords } of modules) {
      const module = this.#module(name, encver)
      if (module === null) continue
      module.keys += keys
      module.auxRecords += auxRecords
    }
  }

  /** For `absorb`, in a form that can be sent. */
  get part(): FactsOfPart {
    const { aux, functions, functionBytes, scripts, modules } = this
    return { aux, functions, functionBytes, scripts, modules }
  }

  get modules(): readonly {
    readonly name: string
    readonly encver: number
    readonly keys: number
    readonly auxRecords: number
  }[] {
    return [...this.#modules.values()]
  }

  /** First AUX field of that name; undefined when there is none. */
  auxText(name: string): string | undefined {
    return this.aux.find(([key]) => key === name)?.[1]
  }

  /** `Redis 7.4.1`; `unknown` when the dump does not say. */
  get server(): string {
    const valkey = this.auxText('valkey-ver')
    if (valkey !== undefined) return `Valkey ${developed(valkey)}`
    const dragonfly = this.auxText('df-ver')
    if (dragonfly !== undefined) return `Dragonfly ${dragonfly.replace(/^df-|^v/, '')}`
    const redis = this.auxText('redis-ver')
    if (redis !== undefined) return `${this.isKeydb ? 'KeyDB' : 'Redis'} ${developed(redis)}`
    return 'unknown'
  }

  /** KeyDB writes its own version as `redis-ver`; 6.3 is one that Redis never had. */
  get isKeydb(): boolean {
    return this.dialect === 'keydb' || /^6\.3\./.test(this.auxText('redis-ver') ?? '')
  }

  /** When the save began, in ms since 1970; null when the dump does not say. */
  get dumpTimeMs(): number | null {
    const seconds = numberOf(this.auxText('ctime'))
    return seconds === null ? null : seconds * 1000
  }

  /** Bytes in use by the allocator of the server; null when the dump does not say. */
  get usedMemoryBytes(): number | null {
    return numberOf(this.auxText('used-mem'))
  }

  /** Pointer size of the server, 32 or 64; null when the dump does not say. */
  get bits(): number | null {
    return numberOf(this.auxText('redis-bits'))
  }

  #module(name: string, encver: number): { keys: number; auxRecords: number } | null {
    const id = `${name} ${encver}`
    let module = this.#modules.get(id)
    // A real server loads a handful of modules; a hostile dump may name any number.
    if (module === undefined && this.#modules.size >= MAX_AUX_KEPT) return null
    if (module === undefined) {
      module = { name, encver, keys: 0, auxRecords: 0 }
      this.#modules.set(id, module)
    }
    return module
  }
}

/** Development builds call themselves 255.255.255. */
function developed(version: string): string {
  return version === '255.255.255' || version === '999.999.999' ? `unstable (${version})` : version
}

function numberOf(text: string | undefined): number | null {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return null
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : null
}

const decoder = new TextDecoder()

function textOf(string: RdbString): string {
  const bytes = string.view()
  return decoder.decode(bytes.length > MAX_AUX_BYTES ? bytes.subarray(0, MAX_AUX_BYTES) : bytes)
}
