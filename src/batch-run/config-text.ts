import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml'
import { ConfigError } from './config-error.js'

export type ConfigPath = readonly (string | number)[]

/** A config as it was written: its value, and the line of each part of it. */
export interface ConfigText {
  readonly value: unknown
  /** Line of a part, or of the nearest part around it that is there. From 1. */
  lineOf(path: ConfigPath): number
  /** Line of the name of a part rather than of its value. */
  lineOfName(path: ConfigPath): number
}

/** More than any config has; keeps anchors from being multiplied. */
const MAX_ALIASES = 100

/** Reads YAML or JSON, which is YAML, too. @throws ConfigError with the line of a mistake */
export function readConfigText(text: string, file: string): ConfigText {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  if (document.errors.length > 0) {
    const problems = document.errors.slice(0, 5).map((error) => ({
      line: lines.linePos(error.pos[0]).line,
      path: '',
      message: firstLine(error.message),
    }))
    throw new ConfigError(file, problems)
  }
  const at = (offset: number | undefined): number => (offset === undefined ? 1 : lines.linePos(offset).line)
  const lineOf = (path: ConfigPath): number => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true)
      if (isNode(node) && node.range != null) return at(node.range[0])
    }
    return at(document.contents?.range?.[0])
  }
  return {
    value: toValue(document, file),
    lineOf,
    lineOfName: (path) => {
      const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
      const name = isMap(parent) ? nameNode(parent, path.at(-1)!) : undefined
      return name === undefined ? lineOf(path) : at(name)
    },
  }
}

function toValue(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown
  } catch (error) {
    throw new ConfigError(file, [{ line: null, path: '', message: error instanceof Error ? error.message : '' }])
  }
}

function nameNode(map: YAMLMap, name: string | number): number | undefined {
  for (const { key } of map.items) {
    if (isScalar(key) && String(key.value) === String(name)) return key.range?.[0]
  }
  return undefined
}

/** `budgets[0].maxBytes` */
export function shownPath(path: ConfigPath): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('')
}

function firstLine(text: string): string {
  return text.split('\n')[0]!
}
