import { csv } from './csv.js'
import { html } from './html.js'
import { json } from './json.js'
import { markdown } from './markdown.js'
import { prometheus } from './prometheus.js'
import type { Reporter } from './reporter.js'
import { text } from './text.js'

/** All formats of a report. A new one is a file of its own and a line here. */
export const REPORTERS: readonly Reporter[] = [text, json, markdown, html, csv, prometheus]

export function reporterById(id: string): Reporter | undefined {
  return REPORTERS.find((reporter) => reporter.id === id)
}
