import type { AnalysisReport } from './report.js'
import type { RenderOptions, Reporter } from './reporter.js'

/**
 * Characters that JSON allows but that act on a terminal or cannot be seen: DEL, C1 controls, marks that
 * reorder text, separators, zero-width ones. Escaped, they are the same text.
 */
const ACTING =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/gu

function escaped(character: string): string {
  let text = ''
  for (let i = 0; i < character.length; i++) text += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`
  return text
}

/** JSON text that can be shown on a terminal. */
export function safeJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(ACTING, escaped)
}

/** The report as it is: the contract for programs. */
export const json: Reporter = {
  id: 'json',
  title: 'JSON for programs',
  extension: '.json',

  *render(report: AnalysisReport, options: RenderOptions = {}): Iterable<string> {
    const indent = options.compact === true ? 0 : 2
    const newline = indent === 0 ? '' : '\n'
    const entries = Object.entries(report).filter(([, value]) => value !== undefined)
    yield `{${newline}`
    for (const [index, [name, value]] of entries.entries()) {
      // Section by section, so that a large report never becomes one string.
      const text = safeJson(value, indent).replaceAll('\n', `\n${' '.repeat(indent)}`)
      const comma = index < entries.length - 1 ? ',' : ''
      yield `${' '.repeat(indent)}${JSON.stringify(name)}:${indent === 0 ? '' : ' '}${text}${comma}${newline}`
    }
    yield '}\n'
  },
}
